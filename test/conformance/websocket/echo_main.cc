// A server that echoes WebSocket messages, for peers.mjs and peers.py: prints its port, and ends with its input.

#include <cstdio>
#include <iostream>
#include <string>

#include "server/testing/echo.h"

namespace duramen::server {
namespace {

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
