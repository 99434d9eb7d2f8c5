#pragma once
// Whether text is UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duramen {

// The offset of the first byte that cannot be read; nothing if the text is well-formed. Cost: 8 bytes of ASCII a step.
std::optional<std::size_t> firstInvalidUtf8(std::string_view text);
// The same without the place. Cost: of long text, 32 bytes or more of any characters a step.
bool isUtf8(std::string_view text);
// REQUIRES: a character of Unicode, no surrogate.
inline void appendUtf8(std::string& out, std::uint32_t character) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto rest = [&](int shift) { put(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | character >> 6);
  } else if (character < 0x10000) {
    put(0xE0 | character >> 12);
    rest(6);
  } else {
    put(0xF0 | character >> 18);
    rest(12);
    rest(6);
  }
  rest(0);
}

// The same of text that comes in pieces: what cannot be UTF-8 any more is known at its first wrong byte.
class Utf8Check {
 public:
  // False if it is none, whatever comes.
  bool feed(std::string_view text);
  // Whether no character is cut off.
  bool whole() const { return missing_ == 0; }

 private:
  std::size_t missing_ = 0;                 // bytes of the character that was begun
  unsigned char low_ = 0x80, high_ = 0xBF;  // between which its next byte lies
};

}  // namespace duramen
