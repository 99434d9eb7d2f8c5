#include "server/host_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace duramen::server {
namespace {

// "example.com:8080" is "example.com", and so is "example.com.". "[::1]:80" keeps its brackets.
std::string_view withoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && std::ranges::all_of(host.substr(colon + 1), isDigit) &&
      (!host.starts_with('[') || host[colon - 1] == ']'))
    host = host.substr(0, colon);
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool isAddress(const std::string& host) {
  in6_addr address{};
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']'))
    return ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool isName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

std::expected<HostCheck, std::string> HostCheck::of(const std::vector<std::string>& listen,
                                                    const std::vector<std::string>& allowed) {
  HostCheck check;
  for (const std::string& address : listen) {
    const std::string name = asciiLowered(withoutPort(address));
    if (isName(name)) check.names_.push_back(name);
  }
  for (const std::string& given : allowed) {
    std::string name = asciiLowered(given);
    if (name == "*") {
      check.any_ = true;
      continue;
    }
    const bool below = name.starts_with("*.");
    if (below) name.erase(0, 2);
    if (!isName(name))
      return std::unexpected(fmt::format(
          "cannot allow the host \"{}\": expected a name such as example.com, *.example.com, or * for any", given));
    check.names_.push_back(below ? "." + name : name);
  }
  return check;
}

bool HostCheck::allows(std::string_view host) const {
  if (any_ || host.empty()) return true;
  const std::string name = asciiLowered(withoutPort(host));
  if (isAddress(name) || name == "localhost" || name.ends_with(".localhost")) return true;
  return std::ranges::any_of(names_, [&](const std::string& known) {
    return known.starts_with('.') ? name.size() > known.size() && name.ends_with(known) : name == known;
  });
}

}  // namespace duramen::server
