#include "loop/loop_lag.h"

#include <algorithm>

namespace duramen::loop {

void LoopLag::start() { wait(); }

void LoopLag::wait() {
  due_.store((loop_.now() + interval).time_since_epoch().count(), std::memory_order_relaxed);
  timer_ = loop_.after(interval, [this] { beat(); });
}

void LoopLag::beat() {
  const Duration late =
      std::max(loop_.now().time_since_epoch() - Duration{due_.load(std::memory_order_relaxed)}, Duration::zero());
  lateness_.add(late);
  worst_.store(std::max(worst_.load(std::memory_order_relaxed), late.count()), std::memory_order_relaxed);
  if (++beats_ == beatsPerWindow) {
    beats_ = 0;
    worstBefore_.store(worst_.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  }
  wait();
}

Duration LoopLag::worst() const {
  const Duration::rep due = due_.load(std::memory_order_relaxed);
  const Duration::rep awaited = due == 0 ? 0 : (loop_.now().time_since_epoch() - Duration{due}).count();
  return Duration{
      std::max({awaited, worst_.load(std::memory_order_relaxed), worstBefore_.load(std::memory_order_relaxed)})};
}

}  // namespace duramen::loop
