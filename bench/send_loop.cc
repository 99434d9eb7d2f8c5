#include "send_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "wire/websocket.h"

namespace duramen::bench {

SendLoop::SendLoop() {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int on = 1;
  ::setsockopt(listening_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening_, SOMAXCONN) != 0)
    throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

SendLoop::~SendLoop() {
  for (const int socket : sockets_) ::close(socket);
  ::close(listening_);
}

void SendLoop::accept(std::uint32_t clients) {
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      wire::acceptKey("dGhlIHNhbXBsZSBub25jZQ==") + "\r\n\r\n";
  while (sockets_.size() < clients) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) throw std::runtime_error(std::string("cannot accept: ") + std::strerror(errno));
    std::string request;
    char buffer[2048];
    while (!request.ends_with("\r\n\r\n")) {
      const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) throw std::runtime_error("a client went while it joined");
      request.append(buffer, static_cast<std::size_t>(got));
    }
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    sockets_.push_back(socket);
  }
}

void SendLoop::sendToAll(const std::string& bytes) const {
  for (const int socket : sockets_)
    if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("a client does not keep up");
}

}  // namespace duramen::bench
