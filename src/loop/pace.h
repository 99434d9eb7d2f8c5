#pragma once
// A rate limit that refills with time. Each step costs a stretch of time, its share of a second; after a pause, as many
// steps may be taken at once as fit into `atOnce`.

#include <algorithm>

#include "loop/loop.h"

namespace duramen::loop {

class Pace {
 public:
  // How much may be spent now; negative if more was spent than there was.
  Duration room(TimePoint now, Duration atOnce) const { return atOnce - std::max(paidUntil_ - now, Duration{0}); }
  // Until a step of this cost may be taken; zero if it may be now.
  Duration wait(TimePoint now, Duration atOnce, Duration cost) const {
    return std::max(cost - room(now, atOnce), Duration{0});
  }
  // Takes a step, also one for which there is no room: then the next ones wait for longer.
  void pay(TimePoint now, Duration cost) { paidUntil_ = std::max(paidUntil_, now) + cost; }

 private:
  TimePoint paidUntil_{};
};

}  // namespace duramen::loop
