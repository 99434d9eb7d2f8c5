#include "server/trusted_proxies.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/ascii.h"

namespace duramen::server {
namespace {

bool isV4(std::string_view text) { return text.find(':') == text.npos; }

// "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711" or "2001:db8::1" as an address; nothing if it is none, such as
// "unknown" or "_hidden" (RFC 7239 §6).
std::optional<std::string> addressIn(std::string_view node) {
  if (node.starts_with('[')) {
    node = node.substr(1, std::min(node.find(']'), node.size()) - 1);
  } else if (std::ranges::count(node, ':') == 1) {
    node = node.substr(0, node.find(':'));
  }
  if (!readAddress(node)) return std::nullopt;
  return std::string(node);
}

// The items of all headers of this name, in order.
std::vector<std::string_view> listOf(const Request& request, std::string_view name) {
  std::vector<std::string_view> items;
  for (const auto& [header, value] : request.headers) {
    if (!equalIgnoringCase(header, name)) continue;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= value.size(); ++at) {
      if (at < value.size() && value[at] == '\\' && quoted) {
        ++at;
      } else if (at < value.size() && value[at] == '"') {
        quoted = !quoted;
      } else if (at >= value.size() || (value[at] == ',' && !quoted)) {
        items.push_back(trimmedBlanks(std::string_view{value}.substr(start, at - start)));
        start = at + 1;
      }
    }
  }
  return items;
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::string(value);
  std::string text;
  for (std::size_t at = 1; at + 1 < value.size(); ++at) {
    if (value[at] == '\\' && at + 2 < value.size()) ++at;
    text += value[at];
  }
  return text;
}

// A parameter of an element of Forwarded; empty if there is none.
std::string parameterOf(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    const std::string_view pair = trimmedBlanks(takeUntil(element, ';'));
    const std::size_t equals = pair.find('=');
    if (equals != pair.npos && equalIgnoringCase(pair.substr(0, equals), name))
      return unquoted(pair.substr(equals + 1));
  }
  return {};
}

// What one kind of header says: an account of each proxy's, the nearest one last.
struct Account {
  std::vector<std::string> addresses;
  std::string scheme;
  std::string host;
};

Account fromForwarded(const Request& request) {
  Account account;
  for (const std::string_view element : listOf(request, "Forwarded")) {
    account.addresses.push_back(parameterOf(element, "for"));
    if (std::string scheme = parameterOf(element, "proto"); !scheme.empty()) account.scheme = std::move(scheme);
    if (std::string host = parameterOf(element, "host"); !host.empty()) account.host = std::move(host);
  }
  return account;
}

Account fromXForwarded(const Request& request) {
  Account account;
  for (const std::string_view item : listOf(request, "X-Forwarded-For")) account.addresses.emplace_back(item);
  if (const auto schemes = listOf(request, "X-Forwarded-Proto"); !schemes.empty()) account.scheme = schemes.back();
  if (const auto hosts = listOf(request, "X-Forwarded-Host"); !hosts.empty()) account.host = hosts.back();
  return account;
}

// "https" or "http"; empty if it is neither. Some proxies (Traefik) name the schemes of WebSockets for an upgrade.
std::string_view schemeIn(std::string_view text) {
  if (equalIgnoringCase(text, "https") || equalIgnoringCase(text, "wss")) return "https";
  if (equalIgnoringCase(text, "http") || equalIgnoringCase(text, "ws")) return "http";
  return {};
}

// The last address that no trusted proxy has. What is no address ends the search: nothing before it is to be believed.
std::string clientOf(const TrustedProxies& proxies, const Account& account, const std::string& peer) {
  std::string client = peer;
  for (std::size_t left = account.addresses.size(); left > 0 && proxies.trust(client); --left) {
    auto address = addressIn(account.addresses[left - 1]);
    if (!address) break;
    client = std::move(*address);
  }
  return client;
}

void setHost(Request& request, const std::string& host) {
  std::erase_if(request.headers, [](const auto& header) { return equalIgnoringCase(header.first, "Host"); });
  request.headers.emplace_back("Host", host);
}

}  // namespace

std::expected<TrustedProxies, std::string> TrustedProxies::of(const std::vector<std::string>& ranges) {
  TrustedProxies proxies;
  for (const std::string& given : ranges) {
    if (given == "unix") {
      proxies.unix_ = true;
      continue;
    }
    const std::string_view text = given;
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view address = text.substr(0, slash);
    const unsigned most = isV4(address) ? 32 : 128;
    const auto bytes = readAddress(address);
    Range range{.bytes = bytes.value_or(AddressBytes{}), .bits = most};
    bool good = bytes.has_value();
    if (slash < text.size()) {
      const auto [end, error] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), range.bits);
      good = good && error == std::errc{} && end == text.data() + text.size() && range.bits <= most;
    }
    if (!good)
      return std::unexpected(fmt::format(
          "cannot trust the proxy \"{}\": expected an address or a range, such as 10.0.0.0/8 or ::1, or unix", given));
    range.bits += 128 - most;
    proxies.ranges_.push_back(range);
  }
  return proxies;
}

bool TrustedProxies::trust(std::string_view address) const {
  if (address.empty()) return unix_;
  const auto bytes = readAddress(address);
  if (!bytes) return false;
  return std::ranges::any_of(ranges_, [&](const Range& range) {
    const std::size_t whole = range.bits / 8;
    if (std::memcmp(bytes->data(), range.bytes.data(), whole) != 0) return false;
    const unsigned rest = range.bits % 8;
    return rest == 0 || ((*bytes)[whole] ^ range.bytes[whole]) >> (8 - rest) == 0;
  });
}

std::expected<void, std::string> TrustedProxies::apply(Request& request) const {
  if (empty() || !trust(request.address)) return {};
  Account account = fromXForwarded(request);
  const Account forwarded = fromForwarded(request);
  const std::string client = clientOf(*this, account, request.address);
  if (account.addresses.empty() && !forwarded.addresses.empty()) {
    account = forwarded;
  } else if (!forwarded.addresses.empty() && clientOf(*this, forwarded, request.address) != client) {
    return std::unexpected("X-Forwarded-For and Forwarded name different clients");
  }
  const auto scheme = schemeIn(account.scheme);
  if (!account.scheme.empty() && scheme.empty())
    return std::unexpected("the proxy's header names a scheme other than http, https, ws and wss");
  request.address = clientOf(*this, account, request.address);
  if (!scheme.empty()) request.scheme = scheme;
  if (!account.host.empty()) setHost(request, account.host);
  return {};
}

}  // namespace duramen::server
