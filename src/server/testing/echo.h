#pragma once
// A WebSocket server that echoes, for peers that others have written and for benchmarks. The text "close" asks it to
// close.

#include <memory>
#include <string_view>

#include "server/testing/whole_messages.h"
#include "wire/websocket.h"

namespace duramen::server {

class Echo final : public WholeMessages {
 public:
  void setOutlet(realtime::Outlet& outlet) { outlet_ = &outlet; }
  void request(Request, Answer answer) override { answer({.status = 404}); }
  void upgrade(SocketId, Request, Decision decide) override { decide({}); }
  void opened(SocketId) override {}
  void message(SocketId socket, std::span<const std::byte> message) override {
    const std::string_view text{reinterpret_cast<const char*>(message.data()), message.size()};
    if (text == "close") return outlet_->close(socket, 4001, "as you wish");
    outlet_->reply(socket, std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, text)));
  }
  void closed(SocketId) override {}

 private:
  realtime::Outlet* outlet_ = nullptr;
};

}  // namespace duramen::server
