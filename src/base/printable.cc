#include "base/printable.h"

#include <algorithm>

#include "base/utf8.h"

namespace duramen {
namespace {

// By its first byte; 0 if no character begins with it.
std::size_t sizeBy(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

bool isHidden(std::string_view character) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (character.size() == 2) return (byte(0) == 0xc2 && byte(1) < 0xa0) || character == "\u061c";
  if (character.size() == 3 && byte(0) == 0xe2) {
    const bool separates = byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9);                   // U+2028, U+2029
    const bool turns = byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f || byte(2) >= 0xaa) &&  // U+200E, U+200F,
                       byte(2) <= 0xae;                                           // U+202A to U+202E
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;  // U+2066 to U+2069
    return separates || turns || isolates;
  }
  return false;
}

// Of the character at the front that is shown as it is; 0 if it is not.
std::size_t shownBytes(std::string_view text) {
  const std::size_t size = sizeBy(static_cast<unsigned char>(text.front()));
  const std::string_view character = text.substr(0, size);
  if (size == 0 || character.size() < size || isHidden(character)) return 0;
  return size == 1 || isUtf8(character) ? size : 0;
}

}  // namespace

std::size_t firstUnprintable(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t shown = shownBytes(text.substr(at));
    if (shown == 0) break;
    at += shown;
  }
  return at;
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t shown = firstUnprintable(text);
    out += text.substr(0, shown);
    text.remove_prefix(shown);
    if (text.empty()) break;
    // All bytes of a character that is hidden, one of what is none.
    const std::size_t size = sizeBy(static_cast<unsigned char>(text.front()));
    const bool isWhole = size > 0 && size <= text.size() && isUtf8(text.substr(0, size));
    for (const char c : text.substr(0, isWhole ? size : 1)) {
      const auto byte = static_cast<unsigned char>(c);
      ((out += "\\x") += digits[byte >> 4]) += digits[byte & 0xf];
    }
    text.remove_prefix(isWhole ? size : 1);
  }
  return out;
}

}  // namespace duramen
