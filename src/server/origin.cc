#include "server/origin.h"

#include <algorithm>

#include "base/ascii.h"

namespace duramen::server {
namespace {

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), asciiLower);
  return lower;
}

// The host as an origin of this scheme names it: without the scheme's own port (RFC 6454 §6.2).
std::string_view withoutPort(std::string_view host, std::string_view port) {
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

}  // namespace

bool isOwnOrigin(const Request& request, const std::vector<std::string>& allowed) {
  const std::string origin = lowered(request.header("Origin"));
  if (origin.empty()) return false;
  const auto names = [&](const std::string& each) { return lowered(each) == origin; };
  if (std::ranges::any_of(allowed, names)) return true;
  const std::string host = lowered(request.header("Host"));
  if (host.empty()) return false;
  return origin == "http://" + std::string(withoutPort(host, ":80")) ||
         origin == "https://" + std::string(withoutPort(host, ":443"));
}

}  // namespace duramen::server
