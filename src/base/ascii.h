#pragma once
// ASCII's letters, digits and blanks, whatever the locale: what protocols are made of.

#include <algorithm>
#include <string>
#include <string_view>

namespace duramen {

constexpr char asciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string asciiLowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), asciiLower);
  return lower;
}

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool isLetter(char c) { return asciiLower(c) >= 'a' && asciiLower(c) <= 'z'; }

constexpr bool equalIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, asciiLower, asciiLower);
}

// Without spaces and tabs at both ends.
constexpr std::string_view trimmedBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Takes what stands before `separator`, or all of it, off the front of `rest`, and the separator too.
constexpr std::string_view takeUntil(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

// A name in HTTP (RFC 9110 §5.6.2).
constexpr bool isToken(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         std::ranges::all_of(text, [&](char c) { return isDigit(c) || isLetter(c) || others.contains(c); });
}

// The value of a hexadecimal digit, or -1.
constexpr int hexDigit(char c) {
  if (isDigit(c)) return c - '0';
  const char lower = asciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace duramen
