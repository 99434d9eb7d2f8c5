#pragma once
// How often a server did something, and what it cost it.

#include <chrono>
#include <cstddef>

#include "child_process.h"

namespace duramen::bench {

struct Rate {
  double perSecond = 0;
  double cpuMicroseconds = 0;  // of the server, for one
};

// Runs `work` again and again for this time; it returns how often something was done.
template <class Work>
Rate measure(const ChildProcess& server, std::chrono::seconds time, Work work) {
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> cpuBefore = server.cpuTime();
  const Clock::time_point start = Clock::now();
  std::size_t count = 0;
  while (Clock::now() - start < time) count += work();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  return {.perSecond = static_cast<double>(count) / took,
          .cpuMicroseconds = 1e6 * (server.cpuTime() - cpuBefore).count() / static_cast<double>(count)};
}

}  // namespace duramen::bench
