#include "server/origin.h"

#include <algorithm>

#include "base/ascii.h"

namespace duramen::server {
namespace {

// The host as an origin of this scheme names it: without the scheme's own port (RFC 6454 §6.2).
std::string_view withoutPort(std::string_view host, std::string_view port) {
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

std::string ownOrigin(const Request& request) {
  const std::string host = asciiLowered(request.header("Host"));
  return request.scheme + "://" + std::string(withoutPort(host, request.scheme == "https" ? ":443" : ":80"));
}

}  // namespace

bool isOwnOrigin(const Request& request, const std::vector<std::string>& allowed) {
  const std::string origin = asciiLowered(request.header("Origin"));
  if (origin.empty()) return false;
  const auto names = [&](const std::string& each) { return asciiLowered(each) == origin; };
  if (std::ranges::any_of(allowed, names)) return true;
  return origin == ownOrigin(request);
}

std::string originRefusal(const Request& request) {
  std::string text = "Invalid origin: expected " + ownOrigin(request) + ", or one that the server was told to allow";
  if (request.scheme == "http" && asciiLowered(request.header("Origin")).starts_with("https:"))
    text += "; behind a proxy that ends TLS it is started with --trust-proxy";
  return text;
}

}  // namespace duramen::server
