#pragma once
// What a proxy in front of this server says of its client. Anybody may write such headers: they are believed only of a
// peer whose address the operator has named, and of the proxies in front of that one which are named too.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/request.h"
#include "server/client_address.h"

namespace duramen::server {

class TrustedProxies {
 public:
  // "10.0.0.0/8", "::1", "fd00::/8"; "unix" for whoever connects by a Unix socket. The error is a sentence.
  static std::expected<TrustedProxies, std::string> of(const std::vector<std::string>& ranges);

  bool empty() const { return ranges_.empty() && !unix_; }
  // An address as Request::address has it; empty for a peer on a Unix socket.
  bool trust(std::string_view address) const;

  // Puts the client in the place of the proxy that the request came by: its address (X-Forwarded-For, or Forwarded,
  // RFC 7239: the last one that no trusted proxy has), its scheme (X-Forwarded-Proto) and the host that it asked for
  // (X-Forwarded-Host). Changes nothing for a peer that is not trusted. The error says what is wrong with the headers:
  // also where the two kinds of them disagree about the address, since a proxy that writes one passes on what a client
  // wrote into the other.
  std::expected<void, std::string> apply(Request& request) const;

 private:
  struct Range {
    AddressBytes bytes;
    unsigned bits;
  };
  std::vector<Range> ranges_;
  bool unix_ = false;
};

}  // namespace duramen::server
