#pragma once
// What a proxy that passes TCP on writes in front of a connection: whose it is (the PROXY protocol, version 2).

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace duramen::server {

struct ProxyHeader {
  std::string address;  // of the client; empty if the proxy speaks for itself, or by no IP
};

// Takes the header of one connection from its socket, and no byte of what follows.
class ProxyPreamble {
 public:
  // Nothing: the rest has yet to come. The error says what is wrong: a connection that shall have a header is not
  // understood without one.
  std::expected<std::optional<ProxyHeader>, std::string> read(int descriptor);

 private:
  std::string got_;
};

// The header in `bytes`, which hold it whole.
std::expected<ProxyHeader, std::string> parseProxyHeader(std::string_view bytes);
// How long a header is that begins so: at first 16 bytes, of which the last two say how many follow. The error as
// above.
std::expected<std::size_t, std::string> proxyHeaderSize(std::string_view begin);

}  // namespace duramen::server
