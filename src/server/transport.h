#pragma once
// HTTP/1.1 and WebSockets over TCP, knowing nothing of apps: requests and messages go to a Handler. One Transport lives on
// each loop and owns that loop's sockets.

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "duramen/request.h"
#include "realtime/outlet.h"

namespace duramen::server {

using realtime::SocketId;

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  // Either a body of its own, or bytes that live for ever (a static file).
  std::string body;
  std::string_view staticBody;
};

// What the transport asks. All calls, and all answers, on the transport's loop.
class Handler {
 public:
  virtual ~Handler() = default;
  using Answer = std::move_only_function<void(Response)>;
  // A request that is no upgrade. `answer` is called once, now or later; after its connection has gone it does nothing.
  virtual void request(Request request, Answer answer) = 0;
  // A WebSocket upgrade (already well-formed: RFC 6455 §4.2.1). Answered with nothing to accept, or with a refusal.
  using Decision = std::move_only_function<void(std::expected<void, Response>)>;
  virtual void upgrade(SocketId socket, Request request, Decision decide) = 0;
  // The 101 is on its way: from here on the outlet takes frames for this socket.
  virtual void opened(SocketId socket) = 0;
  // A whole binary message; the bytes live during the call only.
  virtual void message(SocketId socket, std::span<const std::byte> message) = 0;
  // Told once for each socket that was opened.
  virtual void closed(SocketId socket) = 0;
};

struct Limits {
  std::size_t headerBytes = 16 * 1024;
  std::size_t bodyBytes = 4 * 1024 * 1024;
  std::size_t messageBytes = 4 * 1024 * 1024;
  std::size_t unreadReplyBytes = 256 * 1024;      // above: the socket is not read from
  std::size_t unreadReplyBytesMost = 1024 * 1024;  // above: closed with 1013
  loop::Duration idleRequest = std::chrono::seconds{30};  // a request that is not whole by then is answered 408
  loop::Duration ping = std::chrono::seconds{25};         // a ping to a silent socket; closed if silent for two of these
};

}  // namespace duramen::server
