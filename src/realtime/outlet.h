#pragma once
// The way from a group to its clients' sockets. One outlet for each loop that has sockets; the server's (real sockets)
// and TestApp's implement it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "loop/loop.h"

namespace duramen::realtime {

// A socket within its outlet; never used again.
struct SocketId {
  std::uint64_t value = 0;
  friend auto operator<=>(const SocketId&, const SocketId&) = default;
};

// Complete WebSocket frames, encoded once and shared by all who get them.
using SharedFrame = std::shared_ptr<const std::string>;

// All calls on loop(). An unknown socket has gone: the call does nothing.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual loop::Loop& loop() = 0;
  // The page that these sockets show next. A socket that is still busy gets only the latest page, when it drains.
  virtual void push(std::span<const SocketId> sockets, const SharedFrame& page) = 0;
  // An action's answer, which holds a page newer than every one pushed before: such a page that still waits is dropped.
  // Answers are never dropped: a socket with more than 256 KiB of them is not read from, and one that then reads less
  // than 20 KB a second over 20 seconds is closed (1013).
  virtual void reply(SocketId socket, SharedFrame frame) = 0;
  // An answer without a page (an error): as reply, but a page that waits keeps waiting.
  virtual void send(SocketId socket, SharedFrame frame) = 0;
  virtual void close(SocketId socket, std::uint16_t code, std::string_view reason) = 0;
  // Stops reading from the socket, or goes on.
  virtual void hold(SocketId socket, bool held) = 0;
};

}  // namespace duramen::realtime
