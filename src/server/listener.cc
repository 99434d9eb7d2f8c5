#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "server/transport.h"

namespace duramen::server {
namespace {

constexpr int backlog = 1024;

struct Address {
  std::string host;  // without brackets
  std::string port;
};

// "127.0.0.1:8787", "[::1]:8787", "localhost:8787".
std::expected<Address, std::string> parse(std::string_view text) {
  const auto wrong = std::unexpected(fmt::format("cannot listen on \"{}\": HOST:PORT was expected, such as 127.0.0.1:8787", text));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) return wrong;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || host.empty()) return wrong;
  return Address{std::string(host), std::string(port)};
}

std::uint16_t boundPort(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

std::expected<Listener, std::string> Listener::open(std::string_view text) {
  const auto address = parse(text);
  if (!address) return std::unexpected(address.error());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(address->host.c_str(), address->port.c_str(), &hints, &list); code != 0)
    return std::unexpected(fmt::format("cannot listen on {}: {}", text, gai_strerror(code)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found{list, &freeaddrinfo};

  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  const bool listening = descriptor >= 0 &&
                         ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                         ::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 && ::listen(descriptor, backlog) == 0;
  if (!listening) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    const char* const why = error == EADDRINUSE ? "the address is already in use" : std::strerror(error);
    return std::unexpected(fmt::format("cannot listen on {}: {}", text, why));
  }
  const bool isV6 = address->host.find(':') != std::string::npos;
  return Listener{descriptor, fmt::format(fmt::runtime(isV6 ? "[{}]:{}" : "{}:{}"), address->host, boundPort(descriptor))};
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), address_(std::move(other.address_)) {}
Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(address_, other.address_);
  return *this;
}
Listener::~Listener() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace duramen::server
