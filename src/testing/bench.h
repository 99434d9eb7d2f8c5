#pragma once
// What a TestApp holds: the same Service and AppHandler that a server has, on one loop without a thread, with readers
// in the place of sockets.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "duramen/testing.h"
#include "loop/manual_loop.h"
#include "objects/memory_objects.h"
#include "server/app_handler.h"
#include "server/service.h"
#include "testing/controls.h"
#include "testing/cookie_jar.h"
#include "testing/payload.h"
#include "wire/websocket.h"

namespace duramen::test {

class Bench;

// One client: what it shows, and the calls that it waits for.
class Reader : public std::enable_shared_from_this<Reader> {
 public:
  Reader(const std::shared_ptr<Bench>& bench, std::string link, TestClient client);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { disconnect(); }

  void load();          // the document; follows where it leads
  void connect();       // the socket; throws std::runtime_error if it is refused
  void connectAgain();  // as the browser does by itself when its session has ended
  void disconnect();
  void setHeaders(std::vector<std::pair<std::string, std::string>> headers) { client_.headers = std::move(headers); }
  void navigate(std::string link);
  void press(const Press& press);
  std::uint64_t send(std::string action, std::string arguments);  // the call's number
  bool finished(std::uint64_t call) const;
  Value finish(std::uint64_t call);
  void setStalled(bool stalled);

  // From the outlet.
  void push(realtime::SharedFrame page);
  void reply(realtime::SharedFrame frame, bool withPage);
  void closed(std::string why);

  const Payload& page() const { return page_; }
  const std::string& link() const { return link_; }
  int status() const { return status_; }
  std::size_t pages() const { return pages_; }
  std::size_t joins() const { return joins_; }
  bool retrying() const { return retrying_; }

 private:
  struct Answer {
    bool settled = false;
    std::string error;
    Value result;
  };
  struct Stream {
    int status = 0;
    std::string bytes;
  };
  // `decided` is told why the socket was refused; empty if it is open. Nothing is opened when the reader has gone.
  void upgrade(std::function<void(std::string refusal)> decided);
  void flush();
  void take(const std::string& frames);
  void takeMessage(std::span<const std::byte> message);
  void endPage(Stream stream);
  void endAnswer(const std::string& requestId, Stream stream);
  void show(const Stream& stream);
  std::uint64_t request(std::optional<std::string> action, std::optional<std::string> arguments);
  Request requestOf(std::string method, std::string_view link) const;
  // What this server answers, its cookies taken; and its redirects followed.
  TestResponse answerTo(Request request);
  TestResponse fetch(Request request);
  void showDocument(const TestResponse& response);
  void open(std::string link);
  // Throws std::runtime_error if it has gone.
  Bench& bench() const;

  const std::weak_ptr<Bench> bench_;
  std::string link_;
  TestClient client_;  // without its cookies
  CookieJar cookies_;
  realtime::SocketId socket_;
  bool open_ = false;
  std::string closedBecause_;
  wire::Decoder decoder_{wire::Decoder::Role::client, std::size_t{64} * 1024 * 1024};

  bool stalled_ = false;
  std::deque<realtime::SharedFrame> unread_;  // answers; then the latest page
  realtime::SharedFrame unreadPage_;

  Payload page_;
  int status_ = 0;
  std::size_t pages_ = 0;
  std::size_t joins_ = 0;
  bool retrying_ = false;
  std::map<std::string, Stream, std::less<>> streams_;
  std::map<std::string, Answer, std::less<>> answers_;
};

class Bench final : public realtime::Outlet {
 public:
  explicit Bench(std::unique_ptr<app::Site> site);
  ~Bench() override;

  loop::ManualLoop& manualLoop() { return loop_; }
  server::AppHandler& handler() { return handler_; }
  server::Service& service() { return service_; }
  objects::Objects& objects() { return objects_.objects(); }
  const std::vector<std::string>& lines() const { return lines_; }

  void run() { loop_.run(); }
  void advance(loop::Duration by);
  TestResponse request(Request request);
  realtime::SocketId nextSocket() { return {++sockets_}; }
  void add(realtime::SocketId socket, Reader& reader) { readers_[socket] = &reader; }
  void remove(realtime::SocketId socket) { readers_.erase(socket); }
  std::uint64_t nextCall() { return ++calls_; }
  TaskSet& tasks() { return tasks_; }

  loop::Loop& loop() override { return loop_; }
  void push(std::span<const realtime::SocketId> sockets, const realtime::SharedFrame& page) override;
  void reply(realtime::SocketId socket, realtime::SharedFrame frame) override;
  void send(realtime::SocketId socket, realtime::SharedFrame frame) override;
  void close(realtime::SocketId socket, std::uint16_t code, std::string_view reason) override;
  void hold(realtime::SocketId, bool) override {}

 private:
  Reader* find(realtime::SocketId socket);

  std::vector<std::string> lines_;
  loop::ManualLoop loop_;
  Log log_;
  std::int64_t wallSeconds_ = 1'700'000'000;
  objects::MemoryObjects objects_;
  server::Service service_;
  server::AppHandler handler_;
  std::map<realtime::SocketId, Reader*> readers_;
  std::uint64_t sockets_ = 0;
  std::uint64_t calls_ = 0;
  TaskSet tasks_;
};

Request requestOf(std::string method, std::string_view link, const TestClient& client);

}  // namespace duramen::test
