#pragma once
// Whether a peer takes what waits for it as fast as it must: so many bytes in each stretch of time in which something
// waits without a pause.

#include <cstdint>
#include <optional>

#include "loop/loop.h"

namespace duramen::server {

class ReadingRate {
 public:
  // Something waits; `taken`: what the peer has taken so far. Whether it took less than `bytesPerSecond` over `time`.
  bool isTooSlow(loop::TimePoint now, std::uint64_t taken, std::size_t bytesPerSecond, loop::Duration time) {
    if (!since_) {
      since_ = now;
      takenBefore_ = taken;
    }
    if (now - *since_ < time) return false;
    const double least = static_cast<double>(bytesPerSecond) * loop::inSeconds(now - *since_);
    const bool slow = static_cast<double>(taken - takenBefore_) < least;
    since_ = now;
    takenBefore_ = taken;
    return slow;
  }
  // Nothing waits.
  void rest() { since_.reset(); }

 private:
  std::optional<loop::TimePoint> since_;
  std::uint64_t takenBefore_ = 0;
};

}  // namespace duramen::server
