#pragma once
// Bytes as URLs escape them: "%2F" (RFC 3986 §2.1).

#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace duramen {

// The byte that the escape which begins at `at` stands for, or -1 if none does.
constexpr int escapedByte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return -1;
  const int high = hexDigit(text[at + 1]), low = hexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Nothing if a '%' begins no escape.
inline std::optional<std::string> percentDecoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const int byte = escapedByte(text, at);
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
    at += 2;
  }
  return out;
}

}  // namespace duramen
