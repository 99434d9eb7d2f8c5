#include "server/request_target.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/percent.h"

namespace duramen::server {
namespace {

std::unexpected<HttpError> wrong(std::string text) { return std::unexpected(HttpError{400, std::move(text)}); }

bool isVisible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Each '%' is followed by two hexadecimal digits.
bool hasWholeEscapes(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('%', at)) != text.npos; at += 3)
    if (escapedByte(text, at) < 0) return false;
  return true;
}

bool isPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, isDigit) &&
         (text.size() < 5 || text <= "65535");
}

std::expected<void, HttpError> checkPathAndQuery(std::string_view path, std::string_view query) {
  if (!isVisible(path) || !isVisible(query))
    return wrong("the request's target has a character that is not printable ASCII; it has to be percent-encoded");
  if (path.find_first_of("\"<>\\`{}") != path.npos || query.find_first_of("\"<>") != query.npos)
    return wrong("the request's target has a character that has to be percent-encoded");
  if (path.contains('#') || query.contains('#'))
    return wrong("the request's target has a fragment, which a client keeps to itself");
  // A query may have a % of its own: browsers send "?q=100%" as it was typed (URL Standard §4.3).
  if (!hasWholeEscapes(path)) return wrong("the request's path has a % that two hexadecimal digits do not follow");
  if (path.contains("%00")) return wrong("the request's path has a %00, and no path has one");
  return {};
}

}  // namespace

bool isAuthority(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == text.npos || end < 3) return false;
    const std::string_view address = text.substr(1, end - 1);
    const auto belongs = [](char c) { return hexDigit(c) >= 0 || c == ':' || c == '.'; };
    if (!std::ranges::all_of(address, belongs) || !address.contains(':')) return false;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    const auto belongs = [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_'; };
    if (end == 0 || !std::ranges::all_of(text.substr(0, end), belongs)) return false;
  }
  return end == text.size() || (text[end] == ':' && isPort(text.substr(end + 1)));
}

std::expected<RequestTarget, HttpError> parseTarget(std::string_view method, std::string_view target) {
  RequestTarget parsed;
  const bool isOptions = method == "OPTIONS";
  if (isOptions && target == "*") {
    parsed.path = "*";
    return parsed;
  }
  if (!target.starts_with('/')) {
    const std::size_t scheme = target.find("://");
    const std::string_view name = target.substr(0, scheme);
    if (scheme == target.npos || (!equalIgnoringCase(name, "http") && !equalIgnoringCase(name, "https")))
      return wrong("the request's target is neither a path nor a URL of http or https");
    target.remove_prefix(scheme + 3);
    const std::size_t end = std::min(target.find_first_of("/?#"), target.size());
    if (!isAuthority(target.substr(0, end)))
      return wrong("the request's target names no host that could be: a name or an address, and maybe a port");
    parsed.authority = target.substr(0, end);
    target.remove_prefix(end);
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  parsed.path = target.substr(0, question);
  if (question < target.size()) parsed.query = target.substr(question + 1);
  if (const auto fine = checkPathAndQuery(parsed.path, parsed.query); !fine) return std::unexpected(fine.error());
  // RFC 9112 §3.2.4: no path, of OPTIONS, is the whole server.
  if (parsed.path.empty()) parsed.path = isOptions && question == target.size() ? "*" : "/";
  return parsed;
}

}  // namespace duramen::server
