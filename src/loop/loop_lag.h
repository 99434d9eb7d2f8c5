#pragma once
// How late a loop comes to what is due, because something else takes its time: measured by a beat of its own, ten times
// a second.

#include <atomic>

#include "base/counter.h"
#include "loop/loop.h"

namespace duramen::loop {

class LoopLag {
 public:
  // REQUIRES: `loop` outlives it.
  explicit LoopLag(Loop& loop) : loop_(loop) {}
  // On the loop. It beats until it is destroyed, on the loop or when that does not run.
  void start();

  // Any thread.
  Histogram::Value lateness() const { return lateness_.value(); }
  // The largest of the last 15 to 30 seconds; that of a beat which is still awaited counts. Any thread.
  Duration worst() const;

 private:
  static constexpr Duration interval = std::chrono::milliseconds{100};
  static constexpr int beatsPerWindow = 150;

  void wait();
  void beat();

  Loop& loop_;
  Timer timer_;
  int beats_ = 0;  // of this window
  Histogram lateness_;
  std::atomic<Duration::rep> due_ = 0;  // since the clock's epoch; 0: not started
  std::atomic<Duration::rep> worst_ = 0;
  std::atomic<Duration::rep> worstBefore_ = 0;  // of the last window
};

}  // namespace duramen::loop
