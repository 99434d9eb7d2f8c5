#pragma once
// HTTP/1.1 and WebSockets over TCP, knowing nothing of apps: requests and messages go to a Handler. One Transport lives
// on each loop and owns that loop's sockets.

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/log.h"
#include "duramen/request.h"
#include "loop/thread_loop.h"
#include "realtime/outlet.h"
#include "server/connection_limits.h"
#include "server/listener.h"
#include "server/request_body.h"

namespace duramen::server {

class AccessLog;
class TlsCredentials;
struct TransportMetrics;
class TrustedProxies;

using realtime::SocketId;

// A body that is made while it is sent: it is asked for more when the peer has taken what there was. All calls on the
// transport's loop. It goes when it has ended, or when nobody takes it any more.
class BodySource {
 public:
  enum class State : std::uint8_t { more, waits, ended };
  virtual ~BodySource() = default;
  // Appends what comes next. An exception breaks the connection off, so that the peer knows that the body is not whole.
  virtual State read(std::string& out) = 0;
  // After read() gave `waits`: `wake` is called, once, when it has something again.
  virtual void onReady(Work wake) = 0;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  // A body of its own, or bytes that live for ever (an embedded file), or one that is made while it is sent: of a known
  // size, which it must come to exactly, or one whose end is not known yet.
  std::string body = {};
  std::string_view staticBody = {};
  std::unique_ptr<BodySource> stream = nullptr;
  std::optional<std::uint64_t> streamBytes = {};
};

// What the transport asks. All calls, and all answers, on the transport's loop. An exception is logged and costs the
// request (500) or the socket (close 1011).
class Handler {
 public:
  virtual ~Handler() = default;
  // Looked at first, also of an upgrade, and before it is logged: may complete the request by what a trusted proxy says
  // of its client. An answer refuses it.
  virtual std::optional<Response> refusal(Request& /*request*/) { return std::nullopt; }
  using Answer = std::move_only_function<void(Response)>;
  // A request that is no upgrade. `answer` is called once, now or later; after its connection has gone it does nothing.
  // One that is dropped instead answers 500.
  virtual void request(Request request, Answer answer) = 0;
  // A WebSocket upgrade (already well-formed: RFC 6455 §4.2.1). Answered with nothing to accept, or with a refusal.
  using Decision = std::move_only_function<void(std::expected<void, Response>)>;
  virtual void upgrade(SocketId socket, Request request, Decision decide) = 0;
  // The 101 is on its way: from here on the outlet takes frames for this socket.
  virtual void opened(SocketId socket) = 0;
  // The next bytes of a binary message, `last` with the last of them; they live during the call only.
  virtual void piece(SocketId socket, std::span<const std::byte> bytes, bool last) = 0;
  // Told once for each socket that was opened, never from within a call of the outlet.
  virtual void closed(SocketId socket) = 0;
};

struct Limits {
  std::size_t urlBytes = 8 * 1024;             // above: 414
  std::size_t headerCount = 100;               // above: 431
  std::size_t headerBytes = 16 * 1024;         // likewise
  std::size_t bodyBytes = 4 * 1024 * 1024;     // above: 413
  std::size_t uploadBytes = 64 * 1024 * 1024;  // likewise, of a POST of multipart/form-data
  // Answered 408 if they take longer: a header, from its first byte on, or from the connection's start; and a body, for
  // each bodyBytes of it. A WebSocket's message has the time of a body, too.
  loop::Duration headerTime = std::chrono::seconds{10};
  loop::Duration bodyTime = std::chrono::minutes{2};
  // A body that comes slower, over all of its time, is answered 408 too; it is looked at after a while.
  std::size_t bodyBytesPerSecond = 256;
  loop::Duration bodyRateAfter = std::chrono::seconds{5};
  loop::Duration idleTime = std::chrono::seconds{60};     // between requests; then the connection is closed
  loop::Duration collectTime = std::chrono::seconds{30};  // of an answer that goes as a whole (HTTP/1.0)
  // A peer that takes its answer slower, over each stretch of this time in which some of it waits, is cut off.
  std::size_t answerBytesPerSecond = 4096;
  loop::Duration answerRateAfter = std::chrono::seconds{20};
  std::size_t requestsOfConnection = 10'000;  // the last one's answer closes it
  std::size_t messageBytes = 4 * 1024 * 1024;
  std::size_t unreadReplyBytes = 256 * 1024;            // above: the socket is not read from
  std::size_t unreadReplyBytesMost = 64 * 1024 * 1024;  // above: closed with 1013
  // While it is above unreadReplyBytes, a socket that reads less over so long a time is closed with 1013.
  std::size_t replyBytesPerSecond = 20'000;
  loop::Duration replyRateAfter = std::chrono::seconds{20};
  std::uint32_t framesPerSecond = 250;  // of one socket, as many at once after a pause; above, they wait
  // While it drains: a peer that we have ended, and that has been silent for so long since, is not waited for. What was
  // sent to it stays with the kernel, which goes on trying.
  loop::Duration drainSilence = std::chrono::seconds{1};
  loop::Duration ping = std::chrono::seconds{25};  // a ping to a silent socket; closed if silent for two of these
};

// How a listener's connections begin. REQUIRES: what it names outlives the transport.
struct AcceptOptions {
  const TlsCredentials* tls = nullptr;              // null: they speak no TLS
  const TrustedProxies* proxyProtocolOf = nullptr;  // whose connections begin with the PROXY protocol's header
};

class Transport : public realtime::Outlet {
 public:
  // `loop` and `handler` outlive it. `places`, `bodies` and `memory` are shared by the transports of a server; `memory`
  // is for what comes and is not whole yet, and for answers by HTTP that are not sent yet.
  Transport(loop::ThreadLoop& loop, Handler& handler, const Limits& limits = {}, Log log = {},
            ConnectionLimits places = ConnectionLimits({}), BodyStore bodies = BodyStore(),
            ByteBudget memory = ByteBudget(std::size_t{256} << 20));
  // Closes what is open and tells the handler nothing more. REQUIRES: on the loop, or the loop does not run.
  ~Transport() override;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Requests and sockets are logged there. Before accept(). `log` outlives it.
  void logTo(AccessLog& log);
  // Accepts connections. Several loops may share a listener: each takes what it is awake for. REQUIRES: on the loop, or
  // the loop does not run yet. The listener itself may go: its socket stays open until all transports have drained.
  void accept(const Listener& listener, const AcceptOptions& options = {});
  // Accepts no more and ends idle connections: nothing new begins. WebSockets stay open. On the loop.
  void quiesce();
  // Likewise, and lets answers go out, closes WebSockets with 1001. `done` is called on the loop when nothing is open.
  // A peer that says nothing to its end is cut off after Limits::drainSilence, one that takes nothing of its answer
  // after 5 s, and whatever is still open after `most`. On the loop, once.
  void drain(loop::Duration most, Work done);
  // How many are open, HTTP included. On the loop.
  std::size_t connections() const;
  // Bytes that wait for their peers. On the loop; a walk over all connections.
  std::size_t waitingBytes() const;
  // Any thread.
  const TransportMetrics& metrics() const;

  loop::Loop& loop() override;
  void push(std::span<const SocketId> sockets, const realtime::SharedFrame& page) override;
  void reply(SocketId socket, realtime::SharedFrame frame) override;
  void send(SocketId socket, realtime::SharedFrame frame) override;
  void close(SocketId socket, std::uint16_t code, std::string_view reason) override;
  void hold(SocketId socket, bool held) override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace duramen::server
