#pragma once
// The target of a request (RFC 9112 §3.2) and the host that it is for (RFC 9110 §7.2). Only what all readers understand
// alike passes: beyond RFC 3986 just those characters that browsers send as they are.

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "server/http_error.h"

namespace duramen::server {

struct RequestTarget {
  std::string path;                      // "/note/n1", as sent; "*" for OPTIONS of the whole server
  std::string query;                     // without '?'
  std::optional<std::string> authority;  // of the absolute form: "example.com:81"
};

std::expected<RequestTarget, HttpError> parseTarget(std::string_view method, std::string_view target);

// A name, an IPv4 address or an IPv6 one in brackets, and maybe a port.
bool isAuthority(std::string_view text);

}  // namespace duramen::server
