#include "server/proxy_protocol.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace duramen::server {
namespace {

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixedBytes = 16;
constexpr std::size_t mostBytes = 4096;  // of addresses, and of what else a proxy tells

unsigned byteAt(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

std::string addressOf(int family, const char* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* const written = ::inet_ntop(family, bytes, text.data(), text.size());
  return written ? written : "";
}

}  // namespace

std::expected<std::size_t, std::string> proxyHeaderSize(std::string_view begin) {
  if (!begin.starts_with(signature.substr(0, begin.size())))
    return std::unexpected("a connection of this proxy was to begin with the PROXY protocol's header, version 2");
  if (begin.size() < fixedBytes) return fixedBytes;
  if (byteAt(begin, 12) != 0x20 && byteAt(begin, 12) != 0x21)
    return std::unexpected("the PROXY protocol's header is of another version than 2, or of an unknown command");
  const std::size_t size = std::size_t{byteAt(begin, 14)} << 8 | byteAt(begin, 15);
  if (size > mostBytes) return std::unexpected("the PROXY protocol's header is longer than 4,112 bytes");
  return fixedBytes + size;
}

std::expected<ProxyHeader, std::string> parseProxyHeader(std::string_view bytes) {
  const auto size = proxyHeaderSize(bytes);
  if (!size) return std::unexpected(size.error());
  const bool isLocal = byteAt(bytes, 12) == 0x20;
  const unsigned family = byteAt(bytes, 13) >> 4;
  const std::size_t needed = family == 1 ? 12 : family == 2 ? 36 : 0;
  if (isLocal || needed == 0) return ProxyHeader{};
  if (*size < fixedBytes + needed) return std::unexpected("the PROXY protocol's header ends within its addresses");
  return ProxyHeader{addressOf(family == 1 ? AF_INET : AF_INET6, bytes.data() + fixedBytes)};
}

std::expected<std::optional<ProxyHeader>, std::string> ProxyPreamble::read(int descriptor) {
  for (;;) {
    const auto size = proxyHeaderSize(got_);
    if (!size) return std::unexpected(size.error());
    if (got_.size() == *size && got_.size() > signature.size()) {
      auto header = parseProxyHeader(got_);
      if (!header) return std::unexpected(std::move(header.error()));
      return std::optional{std::move(*header)};
    }
    std::array<char, fixedBytes + mostBytes> input{};
    const ssize_t got = ::recv(descriptor, input.data(), *size - got_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;  // what is wrong with the socket, the next read says
    if (got == 0) return std::unexpected("the connection ended within the PROXY protocol's header");
    got_.append(input.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace duramen::server
