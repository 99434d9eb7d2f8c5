#pragma once
// SipHash (Aumasson and Bernstein, 2012) with one round a word and three at the end: a hash that takes its key.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace duramen {

struct SipKey {
  std::uint64_t low = 0, high = 0;
};

template <int WordRounds = 1, int LastRounds = 3>
std::uint64_t sipHash(SipKey key, std::string_view bytes) {
  std::uint64_t a = key.low ^ 0x736f6d6570736575, b = key.high ^ 0x646f72616e646f6d;
  std::uint64_t c = key.low ^ 0x6c7967656e657261, d = key.high ^ 0x7465646279746573;
  const auto rounds = [&](int count) {
    for (; count; --count) {
      a += b;
      b = std::rotl(b, 13) ^ a;
      a = std::rotl(a, 32);
      c += d;
      d = std::rotl(d, 16) ^ c;
      a += d;
      d = std::rotl(d, 21) ^ a;
      c += b;
      b = std::rotl(b, 17) ^ c;
      c = std::rotl(c, 32);
    }
  };
  const auto mix = [&](std::uint64_t word) {
    d ^= word;
    rounds(WordRounds);
    a ^= word;
  };
  std::uint64_t word = 0;
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  mix(word | size << 56);
  c ^= 0xff;
  rounds(LastRounds);
  return a ^ b ^ c ^ d;
}

}  // namespace duramen
