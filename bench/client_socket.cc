#include "client_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace duramen::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

std::uint16_t freePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

int connectTo(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

void awaitListener(std::uint16_t port) {
  for (int tries = 0;; ++tries) {
    const int descriptor = connectTo(port);
    if (descriptor >= 0) {
      ::close(descriptor);
      return;
    }
    if (tries > 500) throw std::runtime_error("a server does not come up");
    ::usleep(10'000);
  }
}

void sendAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("a server does not read");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string upgradeRequest(std::uint16_t port, std::string_view target, std::string_view more) {
  const std::string host = "127.0.0.1:" + std::to_string(port);
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

void awaitUpgrade(int descriptor) {
  std::string head;
  for (char c = 0; !head.ends_with("\r\n\r\n"); head += c)
    if (::recv(descriptor, &c, 1, 0) != 1) throw std::runtime_error("a server ended an upgrade");
  if (!head.starts_with("HTTP/1.1 101"))
    throw std::runtime_error("an upgrade was refused: " + head.substr(0, head.find('\r')));
}

}  // namespace duramen::bench
