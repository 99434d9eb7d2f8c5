// A server that echoes WebSocket messages, for peers.mjs and peers.py: prints its port, and ends with its input.

#include <cstdio>
#include <iostream>
#include <string>

#include "server/transport.h"
#include "wire/websocket.h"

namespace duramen::server {
namespace {

class Echo final : public Handler {
 public:
  void setOutlet(realtime::Outlet& outlet) { outlet_ = &outlet; }
  void request(Request, Answer answer) override { answer({.status = 404}); }
  void upgrade(SocketId, Request, Decision decide) override { decide({}); }
  void opened(SocketId) override {}
  void message(SocketId socket, std::span<const std::byte> message) override {
    const std::string text{reinterpret_cast<const char*>(message.data()), message.size()};
    if (text == "close") return outlet_->close(socket, 4001, "as you wish");
    outlet_->reply(socket, std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, text)));
  }
  void closed(SocketId) override {}

 private:
  realtime::Outlet* outlet_ = nullptr;
};

int run() {
  const auto listener = Listener::open("127.0.0.1:0");
  if (!listener) return 1;
  loop::ThreadLoop loop{Log{}};
  Echo echo;
  Transport transport{loop, echo, {.framesPerSecond = 1'000'000}};
  echo.setOutlet(transport);
  transport.accept(*listener);
  loop.start();
  std::cout << listener->address() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  loop.stop();
  loop.join();
  return 0;
}

}  // namespace
}  // namespace duramen::server

int main() { return duramen::server::run(); }
