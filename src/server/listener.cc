#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <system_error>

#include "server/transport.h"

namespace duramen::server {
namespace {

struct HostAndPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// "127.0.0.1:8787", "[::1]:8787", "localhost:8787".
std::optional<HostAndPort> split(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  const std::string_view digits = address.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // An IPv6 address stands in brackets, and nothing else does.
  if (host.empty() || bracketed != host.contains(':')) return std::nullopt;
  HostAndPort out;
  out.host = host;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

std::string explain(int error) {
  if (error == EADDRINUSE) return "the address is already in use";
  if (error == EADDRNOTAVAIL) return "the address is not one of this machine";
  if (error == EACCES) return "permission denied: ports below 1024 need a privilege";
  return std::generic_category().message(error);
}

// A bound and listening socket, or -1 and errno.
int listenOn(const addrinfo& address) {
  const int descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  // What is set here, accepted sockets inherit: no system call for each. A small frame is not held back; and what the
  // kernel takes before it can send it is little, so that a slow reader's next page is a fresh one.
  const int unsentBytes = 128 * 1024;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsentBytes, sizeof unsentBytes);
  if (::bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 && ::listen(descriptor, SOMAXCONN) == 0)
    return descriptor;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

std::uint16_t boundPort(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

// A name may stand for several addresses: the first IPv4 one, which every client can reach, else the first.
const addrinfo* choose(const addrinfo* found) {
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET) return each;
  return found;
}

}  // namespace

std::expected<Listener, std::string> Listener::open(std::string_view address) {
  const auto parts = split(address);
  if (!parts)
    return std::unexpected(fmt::format("cannot listen on \"{}\": expected HOST:PORT, as in 127.0.0.1:8787", address));
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int unknown = getaddrinfo(parts->host.c_str(), std::to_string(parts->port).c_str(), &hints, &found);
  if (unknown != 0) return std::unexpected(fmt::format("cannot listen on {}: {}", address, gai_strerror(unknown)));
  const Addresses addresses{found, &freeaddrinfo};
  const int descriptor = listenOn(*choose(found));
  if (descriptor < 0) return std::unexpected(fmt::format("cannot listen on {}: {}", address, explain(errno)));
  const std::string host = parts->host.contains(':') ? '[' + parts->host + ']' : parts->host;
  return Listener{descriptor, fmt::format("{}:{}", host, boundPort(descriptor))};
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
