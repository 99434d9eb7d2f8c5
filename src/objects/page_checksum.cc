#include "objects/page_checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace duramen::objects {
namespace {

constexpr std::uint32_t logMagic = 0x377f0682;  // with 1 in its last bit if the words are big-endian

template <WordOrder order>
std::uint32_t word(const std::byte* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  constexpr bool isNative = (order == WordOrder::little) == (std::endian::native == std::endian::little);
  return isNative ? value : __builtin_bswap32(value);
}

// Hot: each page of the database that is read or written, each frame of the log that is read (committer_bench.cc).
template <WordOrder order>
Checksum sumWords(std::span<const std::byte> bytes, Checksum sum) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    sum.first += word<order>(&bytes[at]) + sum.second;
    sum.second += word<order>(&bytes[at + 4]) + sum.first;
  }
  return sum;
}

std::uint32_t bigEndian(const std::byte* at) { return word<WordOrder::big>(at); }

}  // namespace

Checksum checksumOf(std::span<const std::byte> bytes, Checksum sum, WordOrder order) {
  return order == WordOrder::little ? sumWords<WordOrder::little>(bytes, sum) : sumWords<WordOrder::big>(bytes, sum);
}

PageState pageState(std::span<const std::byte, pageBytes> page) {
  const auto tail = page.last<checksumBytes>();
  const Checksum stored{word<WordOrder::little>(tail.data()), word<WordOrder::little>(tail.data() + 4)};
  if (checksumOf(page.first<pageBytes - checksumBytes>(), {}, WordOrder::little) == stored) return PageState::sound;
  return stored == Checksum{} ? PageState::none : PageState::damaged;
}

void sumPage(std::span<std::byte, pageBytes> page) {
  Checksum sum = checksumOf(page.first<pageBytes - checksumBytes>(), {}, WordOrder::little);
  if constexpr (std::endian::native == std::endian::big)
    sum = {__builtin_bswap32(sum.first), __builtin_bswap32(sum.second)};
  const auto tail = page.last<checksumBytes>();
  std::memcpy(tail.data(), &sum.first, 4);
  std::memcpy(tail.data() + 4, &sum.second, 4);
}

LogHeader readLogHeader(std::span<const std::byte, logHeaderBytes> bytes) {
  LogHeader header;
  const std::uint32_t magic = bigEndian(&bytes[0]);
  header.order = (magic & 1U) ? WordOrder::big : WordOrder::little;
  header.salt1 = bigEndian(&bytes[16]);
  header.salt2 = bigEndian(&bytes[20]);
  header.stored = storedChecksum(bytes.last<checksumBytes>());
  header.computed = checksumOf(bytes.first<24>(), {}, header.order);
  header.isSound = (magic & ~1U) == logMagic && bigEndian(&bytes[8]) == pageBytes && header.stored == header.computed;
  return header;
}

FrameHeader readFrameHeader(std::span<const std::byte, frameHeaderBytes> bytes) {
  return {.endsBatch = bigEndian(&bytes[4]) != 0,
          .salt1 = bigEndian(&bytes[8]),
          .salt2 = bigEndian(&bytes[12]),
          .stored = storedChecksum(bytes.last<checksumBytes>())};
}

Checksum storedChecksum(std::span<const std::byte, checksumBytes> bytes) {
  return {bigEndian(&bytes[0]), bigEndian(&bytes[4])};
}

Checksum frameChecksum(std::span<const std::byte, frameHeaderBytes> header, std::span<const std::byte> page,
                       Checksum before, WordOrder order) {
  return checksumOf(page, checksumOf(header.first<8>(), before, order), order);
}

}  // namespace duramen::objects
