#include "duramen/request.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/percent.h"

namespace duramen {
namespace {

// A '%' that begins no escape stands for itself, as in a browser's URLSearchParams.
std::string decodeParameter(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
    } else if (const int byte = escapedByte(text, at); byte >= 0) {
      out += static_cast<char>(byte);
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
