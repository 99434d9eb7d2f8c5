#pragma once
// What permessage-deflate has compressed, without context takeover (RFC 7692 §7.2.2): each message by itself. It is
// inflated step by step, so that a few bytes that stand for many cost no more time at once, and no more memory, than
// their reader takes. An Inflater serves one message at a time; those of a loop are shared through a pool, so that a
// connection has one only while a compressed message is under way.

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <vector>

#include "wire/frame_error.h"

namespace duramen::wire {

class Inflater {
 public:
  // What one takes of memory: zlib's state and window, and the input below.
  static constexpr std::size_t heldBytes = std::size_t{40} * 1024;

  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  // Begins a message.
  void reset();
  // Takes compressed bytes, and returns how many; at most those for which it has room.
  std::size_t give(std::span<const std::byte> compressed);
  // Those that it has taken last, to be unmasked before take().
  std::span<std::byte> given();
  // No more will be given. REQUIRES: all that was given is used up.
  void giveEnd();
  bool hasEnd() const { return ended_; }
  // Fills `out` with what comes next and returns how many bytes that are: fewer than `out` has only if all that was
  // given is used up. After the end, the error says also that the message was cut off.
  std::expected<std::size_t, FrameError> take(std::span<std::byte> out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::array<unsigned char, 1024> input_{};
  bool ended_ = false;
  bool wasFull_ = false;      // the last time, there was no more room
  bool atBlocksEnd_ = false;  // what was given ends with a block
};

// The inflaters of one loop. On the loop only.
class Inflaters {
 public:
  Inflaters();

  std::unique_ptr<Inflater> take();
  // One that will serve again; another may as well be destroyed.
  void giveBack(std::unique_ptr<Inflater> inflater);
  // Where what was inflated last may lie until its reader has seen it.
  std::span<std::byte> scratch() { return scratch_; }

 private:
  std::vector<std::unique_ptr<Inflater>> idle_;
  std::vector<std::byte> scratch_;
};

}  // namespace duramen::wire
