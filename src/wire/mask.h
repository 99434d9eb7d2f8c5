#pragma once
// The mask over a client's payload (RFC 6455 §5.3).

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace duramen::wire {

// XORs `bytes` with the key's four bytes, from `start` of them on.
inline void applyMask(std::span<std::byte> bytes, const std::byte* key, std::size_t start) {
  std::array<std::byte, 8> twice{};
  for (std::size_t i = 0; i < 8; ++i) twice[i] = key[(start + i) % 4];
  std::uint64_t mask = 0;
  std::memcpy(&mask, twice.data(), 8);
  // Hot: every byte that a client sends passes here (wire/wire_bench.cc, BM_DecodeMasked). Eight at a time, which the
  // compiler makes wider still.
  std::size_t done = 0;
  for (; done + 8 <= bytes.size(); done += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + done, 8);
    word ^= mask;
    std::memcpy(bytes.data() + done, &word, 8);
  }
  for (std::size_t i = 0; done < bytes.size(); ++done, ++i) bytes[done] ^= twice[i];
}

}  // namespace duramen::wire
