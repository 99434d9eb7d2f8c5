#include "base/utf8.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>

namespace duramen {
namespace {

// The second byte of a sequence is narrower after some first bytes (RFC 3629 §4).
struct Lead {
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
};

Lead leadOf(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  return {0};
}

bool readsSequence(const char* at, std::size_t left, const Lead& lead) {
  if (lead.length == 0 || lead.length > left) return false;
  const auto second = static_cast<unsigned char>(at[1]);
  if (second < lead.low || second > lead.high) return false;
  for (std::size_t i = 2; i < lead.length; ++i)
    if ((static_cast<unsigned char>(at[i]) & 0xC0) != 0x80) return false;
  return true;
}

}  // namespace

std::optional<std::size_t> firstInvalidUtf8(std::string_view text) {
  constexpr std::uint64_t highBits = 0x8080808080808080;
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t eight;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (!(eight & highBits)) {
        at += sizeof eight;
        continue;
      }
    }
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      ++at;
      continue;
    }
    const Lead lead = leadOf(first);
    if (!readsSequence(text.data() + at, text.size() - at, lead)) return at;
    at += lead.length;
  }
  return std::nullopt;
}

bool isUtf8(std::string_view text) {
  constexpr std::size_t longText = 128;  // below, choosing the processor's instructions costs more than they save
  return text.size() < longText ? !firstInvalidUtf8(text) : simdjson::validate_utf8(text.data(), text.size());
}

bool Utf8Check::feed(std::string_view text) {
  for (; missing_ > 0 && !text.empty(); text.remove_prefix(1)) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < low_ || byte > high_) return false;
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
  }
  const auto invalid = firstInvalidUtf8(text);
  if (!invalid) return true;
  text.remove_prefix(*invalid);
  const Lead lead = leadOf(static_cast<unsigned char>(text.front()));
  if (lead.length == 0 || text.size() >= lead.length) return false;
  missing_ = lead.length - 1;
  low_ = lead.low;
  high_ = lead.high;
  return feed(text.substr(1));
}

}  // namespace duramen
