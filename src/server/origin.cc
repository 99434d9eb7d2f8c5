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

// The page came over HTTPS, and what reached this server did not.
bool endsTls(const Request& request) {
  return request.scheme == "http" && asciiLowered(request.header("Origin")).starts_with("https:");
}

// The Host is that of the Origin but for a port that only the Origin has.
bool lostPort(const Request& request) {
  const std::string origin = asciiLowered(request.header("Origin"));
  const std::size_t scheme = origin.find("://");
  const std::string host = asciiLowered(request.header("Host"));
  return scheme != origin.npos && !host.empty() && origin.substr(scheme + 3).starts_with(host + ":");
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
  if (endsTls(request)) text += "; behind a proxy that ends TLS it is started with --trust-proxy";
  if (lostPort(request)) text += "; the Host that came here has lost its port: a proxy has to pass it on";
  return text;
}

std::string originAdvice(const Request& request) {
  const std::string origin = asciiLowered(request.header("Origin"));
  if (origin.empty()) return "a browser sends an Origin; what sends none is not let in";
  std::string advice = "--allow-origin " + origin + " allows it";
  if (endsTls(request))
    advice += "; behind a proxy that ends TLS, --trust-proxy " + (request.address.empty() ? "unix" : request.address) +
              " lets the X-Forwarded-Proto: https count that the proxy has to send";
  if (lostPort(request))
    advice +=
        "; nginx's \"proxy_set_header Host $host\" leaves the port out: \"proxy_set_header Host $http_host\" "
        "passes it on";
  return advice;
}

}  // namespace duramen::server
