#include "server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

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

// What is set here, accepted sockets inherit: no system call for each. A small frame is not held back; and what the
// kernel takes before it can send it is little, so that a slow reader's next page is a fresh one.
void tune(int descriptor) {
  const int on = 1;
  const int unsentBytes = 128 * 1024;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsentBytes, sizeof unsentBytes);
}

// A bound and listening socket, or -1 and errno.
int listenOn(const addrinfo& address) {
  const int descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  tune(descriptor);
  if (::bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 && ::listen(descriptor, SOMAXCONN) == 0)
    return descriptor;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

// "127.0.0.1:80", "[::1]:80", "unix:/run/app.sock".
std::string boundAddress(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);
    return fmt::format("{}:{}", ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size()), ntohs(v4->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address);
    return fmt::format("[{}]:{}", ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size()),
                       ntohs(v6->sin6_port));
  }
  if (address.ss_family == AF_UNIX) return fmt::format("unix:{}", reinterpret_cast<sockaddr_un*>(&address)->sun_path);
  return {};
}

int openOption(int descriptor, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// Whether a program listens on the socket file.
bool isInUse(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return true;  // nobody knows: then it is left alone
  const bool connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool busy = !connected && errno == EAGAIN;
  ::close(probe);
  return connected || busy;
}

constexpr int firstPassed = 3;  // SD_LISTEN_FDS_START

std::optional<int> number(const char* text) {
  int value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc{} || *end != '\0') return std::nullopt;
  return value;
}

// A name may stand for several addresses: the first IPv4 one, which every client can reach, else the first.
const addrinfo* choose(const addrinfo* found) {
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET) return each;
  return found;
}

}  // namespace

std::expected<Listener, std::string> Listener::open(std::string_view address) {
  if (address.starts_with("unix:")) return openUnix(address, address.substr(std::string_view{"unix:"}.size()));
  const auto parts = split(address);
  if (!parts)
    return std::unexpected(fmt::format(
        "cannot listen on \"{}\": expected HOST:PORT, as in 127.0.0.1:8787 or [::1]:8787, or unix:/PATH", address));
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
  const std::string bound = boundAddress(descriptor);
  return Listener{descriptor, host + bound.substr(bound.rfind(':'))};
}

std::expected<Listener, std::string> Listener::openUnix(std::string_view address, std::string_view path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto refuse = [&](const std::string& why) {
    return std::unexpected(fmt::format("cannot listen on {}: {}", address, why));
  };
  if (!path.starts_with('/') || path.size() >= sizeof name.sun_path)
    return refuse(fmt::format("expected an absolute path of at most {} bytes", sizeof name.sun_path - 1));
  path.copy(name.sun_path, path.size());
  struct stat file{};
  if (::lstat(name.sun_path, &file) == 0) {
    if (!S_ISSOCK(file.st_mode)) return refuse("there is a file of this name, which is no socket");
    if (isInUse(name)) return refuse(explain(EADDRINUSE));
    ::unlink(name.sun_path);
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Who may use it is said by its file's mode, from the beginning, and by that of its folder.
  if (descriptor < 0 || ::fchmod(descriptor, 0660) != 0 ||
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::listen(descriptor, SOMAXCONN) != 0) {
    const int error = errno;
    ::close(descriptor);
    return refuse(std::generic_category().message(error));
  }
  return Listener{descriptor, std::string(address), std::string(path)};
}

std::expected<Listener, std::string> Listener::adopt(int descriptor) {
  if (openOption(descriptor, SO_TYPE) != SOCK_STREAM || openOption(descriptor, SO_ACCEPTCONN) != 1)
    return std::unexpected(
        fmt::format("cannot listen on descriptor {}: expected a stream socket that listens", descriptor));
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  tune(descriptor);
  return Listener{descriptor, boundAddress(descriptor)};
}

std::expected<std::vector<Listener>, std::string> Listener::fromSystemd() {
  const auto process = number(std::getenv("LISTEN_PID"));  // NOLINT(concurrency-mt-unsafe): before any thread
  const auto count = number(std::getenv("LISTEN_FDS"));    // NOLINT(concurrency-mt-unsafe)
  if (!process || *process != ::getpid() || !count || *count <= 0)
    return std::unexpected("cannot listen on systemd's sockets: LISTEN_PID and LISTEN_FDS name none for this process");
  std::vector<Listener> listeners;
  for (int i = 0; i < *count; ++i) {
    auto listener = adopt(firstPassed + i);
    if (!listener) return std::unexpected(std::move(listener.error()));
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      address_(std::move(other.address_)),
      file_(std::exchange(other.file_, {})) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(address_, other.address_);
  std::swap(file_, other.file_);
  return *this;
}

Listener::~Listener() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!file_.empty()) ::unlink(file_.c_str());
}

}  // namespace duramen::server
