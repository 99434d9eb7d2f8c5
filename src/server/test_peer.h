#pragma once
// For tests of the transport: a server on a loop of its own, and a client that is a bare socket with a deadline.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <system_error>

#include "server/testing/whole_messages.h"
#include "wire/websocket.h"

namespace duramen::server::test {

// Far beyond what anything here takes: it is reached only when something never comes.
inline constexpr std::chrono::seconds patience{20};

// A bare client: sends bytes, reads until something is there. Reads fail the test when the deadline is over.
class Peer {
 public:
  explicit Peer(const std::string& address, int receiveBuffer = 0) : Peer() {
    if (receiveBuffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    connect(address);
  }
  // Has its descriptor, and is not connected yet.
  Peer() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;  // small pieces go out as they are
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void connect(const std::string& address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::uint16_t port = 0;
    std::from_chars(address.data() + address.rfind(':') + 1, address.data() + address.size(), port);
    to.sin_port = htons(port);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0)
        << std::generic_category().message(errno);
  }
  Peer(Peer&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        input_(std::move(other.input_)),
        decoder_(std::move(other.decoder_)) {}
  ~Peer() { vanish(); }

  int descriptor() const { return descriptor_; }
  void vanish() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  // Closes so that the other end sees a reset.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    vanish();
  }
  void endOutput() { ::shutdown(descriptor_, SHUT_WR); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server may have closed: what it said is what a test looks at
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // More input; false at its end.
  bool readSome() {
    pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0) {
      ADD_FAILURE() << "nothing came";
      return false;
    }
    std::array<char, 65536> buffer{};
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): there is none
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  // Up to and with `mark`, or all there is.
  std::string readUntil(std::string_view mark) {
    std::size_t at = 0;
    while ((at = input_.find(mark)) == std::string::npos)
      if (!readSome()) return std::exchange(input_, {});
    return take(at + mark.size());
  }
  std::string read(std::size_t bytes) {
    while (input_.size() < bytes)
      if (!readSome()) return std::exchange(input_, {});
    return take(bytes);
  }
  std::string readAll() {
    while (readSome()) {
    }
    return std::exchange(input_, {});
  }

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
  };
  // A response with a Content-Length, or without a body.
  Answer readAnswer(bool toHead = false) {
    Answer answer;
    answer.head = readUntil("\r\n\r\n");
    if (answer.head.size() > 12) std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    const std::size_t length = answer.head.find("Content-Length: ");
    std::size_t bytes = 0;
    if (length != std::string::npos && !toHead)
      std::from_chars(answer.head.data() + length + 16, answer.head.data() + answer.head.size(), bytes);
    answer.body = read(bytes);
    return answer;
  }
  Answer get(std::string_view path) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return readAnswer();
  }

  void sendUpgrade(std::string_view path = "/socket", std::string_view more = "") {
    send("GET " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
         std::string(more));
  }
  void upgrade(std::string_view path = "/socket") {
    sendUpgrade(path);
    EXPECT_EQ(readAnswer().status, 101);
  }
  void sendFrame(wire::Opcode opcode, std::string_view payload) {
    std::string out;
    wire::appendMaskedFrame(out, opcode, payload, {0x37, 0xfa, 0x21, 0x3d});
    send(out);
  }

  struct Frame {
    wire::Opcode opcode{};
    std::string payload;
    std::uint16_t closeCode = 0;
  };
  // The next message or control frame; an empty one at the end of input, or of the deadline.
  Frame readFrame() {
    for (;;) {
      std::span<std::byte> rest = std::as_writable_bytes(std::span(input_));
      const auto message = decoder_.next(rest);
      if (!message) {
        ADD_FAILURE() << message.error().reason;
        return {};
      }
      Frame frame;
      if (*message) {
        frame.opcode = (*message)->opcode;
        frame.payload.assign(reinterpret_cast<const char*>((*message)->payload.data()), (*message)->payload.size());
        frame.closeCode = (*message)->closeCode;
      }
      input_.erase(0, input_.size() - rest.size());
      if (*message) return frame;
      if (!readSome()) return {};
    }
  }

 private:
  std::string take(std::size_t bytes) {
    std::string taken = input_.substr(0, bytes);
    input_.erase(0, bytes);
    return taken;
  }
  int descriptor_;
  std::string input_;
  wire::Decoder decoder_{wire::Decoder::Role::client, std::size_t{1} << 30};
};

// A body that the test makes, on the loop.
struct MadeBody {
  std::string bytes;
  bool ended = false;
  bool throws = false;
  int reads = 0;
  bool gone = false;
  Work wake;

  void add(std::string_view more, bool end = false) {
    bytes += more;
    ended = end;
    if (wake) std::exchange(wake, nullptr)();
  }
};
class MadeBodySource final : public BodySource {
 public:
  explicit MadeBodySource(std::shared_ptr<MadeBody> body) : body_(std::move(body)) {}
  MadeBodySource(const MadeBodySource&) = delete;
  MadeBodySource& operator=(const MadeBodySource&) = delete;
  ~MadeBodySource() override { body_->gone = true; }
  // At most 64 KiB at once.
  State read(std::string& out) override {
    ++body_->reads;
    if (body_->throws) throw std::runtime_error("no more");
    const std::size_t size = std::min<std::size_t>(body_->bytes.size(), 64 * 1024);
    out += body_->bytes.substr(0, size);
    body_->bytes.erase(0, size);
    if (!body_->bytes.empty()) return State::more;
    return body_->ended ? State::ended : State::waits;
  }
  void onReady(Work wake) override { body_->wake = std::move(wake); }

 private:
  std::shared_ptr<MadeBody> body_;
};

// Answers what its paths say; echoes messages. Its members belong to the loop, but for `said`.
class TestHandler : public WholeMessages {
 public:
  void setOutlet(realtime::Outlet& outlet) { outlet_ = &outlet; }

  void request(Request request, Answer answer) override {
    last = request;
    if (request.path == "/throw") throw std::runtime_error("thrown");
    if (request.path == "/drop") return;
    if (request.path == "/later") {
      later.push_back(std::move(answer));
      return say("later");
    }
    if (request.path == "/static") return answer({.headers = {}, .body = {}, .staticBody = staticBody});
    if (request.path == "/stream") {
      Response response;
      response.stream = std::make_unique<MadeBodySource>(made);
      return answer(std::move(response));
    }
    if (request.path == "/sized") {
      Response response;
      response.stream = std::make_unique<MadeBodySource>(made);
      response.streamBytes = 5;
      return answer(std::move(response));
    }
    if (request.path == "/none") return answer({.status = 204, .headers = {}, .body = {}, .staticBody = {}});
    if (request.path == "/split")
      return answer({.headers = {{"X-A", "1\r\nX-B: 2"}, {"X-C", "3"}}, .body = "x", .staticBody = {}});
    answer({.headers = {{"X-Method", request.method}, {"X-Path", request.path}, {"X-Query", request.query}},
            .body = request.method + ' ' + std::string(request.body),
            .staticBody = {}});
  }
  void upgrade(SocketId socket, Request request, Decision decide) override {
    last = request;
    if (request.path == "/throw") throw std::runtime_error("thrown");
    if (request.path == "/refused")
      return decide(std::unexpected(Response{.status = 403, .headers = {}, .body = "no", .staticBody = {}}));
    if (request.path == "/later") {
      decisions.emplace(socket, std::move(decide));
      return say("upgrade");
    }
    decide({});
  }
  void opened(SocketId socket) override {
    open.insert(socket);
    say("opened");
  }
  void message(SocketId socket, std::span<const std::byte> message) override {
    const std::string text{reinterpret_cast<const char*>(message.data()), message.size()};
    EXPECT_TRUE(open.contains(socket));
    messages.push_back(text);
    if (text == "throw") throw std::runtime_error("thrown");
    if (text == "hold") {
      outlet_->hold(socket, true);
      return say("held");
    }
    if (text != "quiet")
      outlet_->reply(socket, std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, text)));
    say("message");
  }
  void closed(SocketId socket) override {
    EXPECT_EQ(open.erase(socket), 1u);
    say("closed");
  }

  // Any thread: waits until it was said `times` times in all.
  void await(const std::string& what, int times = 1) {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return said_[what] >= times; })) << what << " was not said";
  }

  Request last;
  std::set<SocketId> open;
  std::vector<std::string> messages;
  std::vector<Answer> later;
  std::map<SocketId, Decision> decisions;
  std::shared_ptr<MadeBody> made = std::make_shared<MadeBody>();
  std::string_view staticBody = "the same bytes for ever";

 private:
  void say(const std::string& what) {
    const std::lock_guard lock{mutex_};
    ++said_[what];
    changed_.notify_all();
  }
  realtime::Outlet* outlet_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> said_;
};

class TestServer {
 public:
  explicit TestServer(const Limits& limits = {}, ConnectionLimitOptions places = {}, AccessLog* accessLog = nullptr,
                      std::size_t memoryBytes = std::size_t{256} << 20)
      : log_([this](LogLevel, std::string_view text) {
          const std::lock_guard lock{logMutex_};
          logged_ += std::string(text) + '\n';
        }),
        listener(Listener::open("127.0.0.1:0").value()),
        memory(memoryBytes),
        transport(loop, handler, limits, log_, ConnectionLimits(std::move(places)), BodyStore(), memory) {
    handler.setOutlet(transport);
    if (accessLog) transport.logTo(*accessLog);
    transport.accept(listener);
    loop.start();
  }
  ~TestServer() {
    loop.stop();
    loop.join();
  }
  // Runs on the loop, and waits.
  template <class Call>
  auto run(Call call) {
    std::packaged_task<decltype(call())()> task{std::move(call)};
    auto result = task.get_future();
    loop.post([&] { task(); });
    return result.get();
  }
  SocketId onlySocket() {
    return run([&] { return *handler.open.begin(); });
  }
  std::string logged() {
    const std::lock_guard lock{logMutex_};
    return logged_;
  }
  const std::string& address() const { return listener.address(); }

 private:
  std::mutex logMutex_;
  std::string logged_;
  Log log_;

 public:
  loop::ThreadLoop loop{log_};
  TestHandler handler;
  Listener listener;
  ByteBudget memory;
  Transport transport;
};

}  // namespace duramen::server::test
