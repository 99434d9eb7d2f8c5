#pragma once
// What runs so long on a loop that all others there wait for it. A loop has one thread: whoever computes, or waits for
// a disk, holds up every client of it, so the log names what did.

#include <time.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "loop/loop.h"

namespace duramen::loop {

inline constexpr Duration slowAfter = std::chrono::milliseconds{100};

void tellSlow(const Log& log, const std::string& what, Duration took);

// The kernel's time of the last tick, a few milliseconds old: it costs less than a tenth of the exact one.
struct CoarseClock {
  TimePoint operator()() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return TimePoint{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
  }
};

// Looks at how long its scope takes. `describe()` gives what ran, and is called only if that was long. Cost: two looks
// at a coarse clock.
template <class Describe, class Clock = CoarseClock>
class Stopwatch {
 public:
  // REQUIRES: `log` outlives it.
  Stopwatch(const Log& log, Describe describe, Clock clock = {})
      : log_(log), describe_(std::move(describe)), clock_(std::move(clock)), began_(clock_()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    if (const Duration took = clock_() - began_; took >= slowAfter) [[unlikely]]
      tellSlow(log_, describe_(), took);
  }

 private:
  const Log& log_;
  const Describe describe_;
  const Clock clock_;
  const TimePoint began_;
};

}  // namespace duramen::loop
