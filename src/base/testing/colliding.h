#pragma once
// Texts that fall into one bucket of std::hash, whatever the number of buckets: their hashes are equal. libstdc++
// hashes text by MurmurHash64A from a fixed seed, each step of which can be undone; so the second half of a text
// follows from its first and from the hash that is wanted, and some halves are plain text.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::testing {

// `count` texts of 16 printable characters, without quotes and backslashes.
inline std::vector<std::string> collidingTexts(std::size_t count) {
  constexpr std::uint64_t factor = 0xc6a4a7935bd1e995, seed = 0xc70f6907;
  constexpr std::uint64_t inverse = [] {  // of an odd number, by Newton's steps
    std::uint64_t found = factor;
    for (int step = 0; step < 6; ++step) found *= 2 - factor * found;
    return found;
  }();
  constexpr auto mix = [](std::uint64_t bits) { return bits ^ (bits >> 47); };  // undoes itself
  constexpr std::uint64_t target = 0x0123456789abcdef;

  std::vector<std::string> texts;
  for (std::uint64_t number = 0; texts.size() < count; ++number) {
    char text[17] = "AAAAAAAA";
    for (int i = 0; i < 8; ++i) text[i] = static_cast<char>('A' + (number >> (4 * i) & 15));
    std::uint64_t first = 0;
    std::memcpy(&first, text, sizeof first);
    const std::uint64_t hash = ((seed ^ (16 * factor)) ^ (mix(first * factor) * factor)) * factor;
    const std::uint64_t second = mix((hash ^ target) * inverse) * inverse;
    std::memcpy(text + 8, &second, sizeof second);
    if (std::all_of(text + 8, text + 16, [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; }))
      texts.emplace_back(text, 16);
  }
  return texts;
}

}  // namespace duramen::testing
