#include "duramen/request.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace duramen {
namespace {

// Takes what stands before `separator` off the front of `rest`.
std::string_view takeUntil(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

// A '%' that begins no escape stands for itself, as in a browser's URLSearchParams.
std::string decodeParameter(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
    } else if (text[at] == '%' && at + 2 < text.size() && hexDigit(text[at + 1]) >= 0 && hexDigit(text[at + 2]) >= 0) {
      out += static_cast<char>(hexDigit(text[at + 1]) * 16 + hexDigit(text[at + 2]));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::optional<std::string> findParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view value = takeUntil(query, '&');
    const std::string_view key = takeUntil(value, '=');
    if (decodeParameter(key) == name) return decodeParameter(value);
  }
  return std::nullopt;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [&](const auto& each) { return equalIgnoringCase(each.first, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

std::string_view Request::cookie(std::string_view name) const {
  // HTTP/2 front ends may split the cookies into several headers.
  for (const auto& [header, value] : headers) {
    if (!equalIgnoringCase(header, "cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      std::string_view pair = takeUntil(rest, ';');
      if (trimmedBlanks(takeUntil(pair, '=')) != name) continue;
      const std::string_view content = trimmedBlanks(pair);
      const bool quoted = content.size() >= 2 && content.front() == '"' && content.back() == '"';
      return quoted ? content.substr(1, content.size() - 2) : content;
    }
  }
  return {};
}

std::string Request::parameter(std::string_view name) const { return findParameter(query, name).value_or(""); }

bool Request::hasParameter(std::string_view name) const { return findParameter(query, name).has_value(); }

}  // namespace duramen
