#pragma once
// How the actions of one server ended, counted by all its loops.

#include <atomic>
#include <cstdint>

#include "duramen/site.h"

namespace duramen::realtime {

struct ActionCounts {
  std::atomic<std::uint64_t> done = 0;
  std::atomic<std::uint64_t> refused = 0;  // the caller's fault: a guard, an argument, an ActionError
  std::atomic<std::uint64_t> failed = 0;   // what the log tells as an error

  // Any thread.
  void count(const app::Outcome& outcome) {
    std::atomic<std::uint64_t>& kind = !outcome.fault.empty() ? failed : outcome.result ? done : refused;
    kind.fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace duramen::realtime
