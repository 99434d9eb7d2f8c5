#pragma once
// The checksums of a store's bytes: of a page of the database, in its last 8 bytes, as SQLite's extension cksumvfs
// computes it; of a frame of the log, as SQLite itself does (https://sqlite.org/fileformat2.html#checksum_algorithm).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace duramen::objects {

inline constexpr std::size_t pageBytes = 4096;
inline constexpr std::size_t checksumBytes = 8;  // the reserved bytes at the end of each page
inline constexpr std::size_t logHeaderBytes = 32, frameHeaderBytes = 24, frameBytes = frameHeaderBytes + pageBytes;

// Two sums over 32-bit words, each of which depends on every word.
struct Checksum {
  std::uint32_t first = 0, second = 0;
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

enum class WordOrder : std::uint8_t { little, big };

// Goes on from `sum` over bytes whose number is a multiple of 8.
Checksum checksumOf(std::span<const std::byte> bytes, Checksum sum, WordOrder order);

// What the last 8 bytes of a page hold. `none`: zeros, as a page has that a program without checksums has copied out of
// the log.
enum class PageState : std::uint8_t { sound, none, damaged };
PageState pageState(std::span<const std::byte, pageBytes> page);
void sumPage(std::span<std::byte, pageBytes> page);

// The beginning of a log.
struct LogHeader {
  bool isSound = false;
  WordOrder order = WordOrder::little;
  std::uint32_t salt1 = 0, salt2 = 0;
  Checksum stored, computed;
};
LogHeader readLogHeader(std::span<const std::byte, logHeaderBytes> bytes);

// The header of a frame. The sum goes on from that of the frame before it, or of the log's header.
struct FrameHeader {
  bool endsBatch = false;
  std::uint32_t salt1 = 0, salt2 = 0;
  Checksum stored;
};
FrameHeader readFrameHeader(std::span<const std::byte, frameHeaderBytes> bytes);
Checksum storedChecksum(std::span<const std::byte, checksumBytes> bytes);
Checksum frameChecksum(std::span<const std::byte, frameHeaderBytes> header, std::span<const std::byte> page,
                       Checksum before, WordOrder order);

}  // namespace duramen::objects
