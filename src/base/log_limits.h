#pragma once
// How many lines of the log one source may cause. What is above is left out and counted, and a line tells the count
// when the time is over: nobody fills a disk, or hides what matters, by being refused a thousand times a second.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/log_level.h"

namespace duramen {

// Whom lines are written about: a client's address, a key, or what keeps happening.
struct LogSource {
  std::string_view name;
  unsigned lines = 10;  // within `time`; more are left out
  std::chrono::steady_clock::duration time = std::chrono::seconds{10};
};

// Any thread.
class LogLimits {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Lines = std::vector<std::pair<LogLevel, std::string>>;

  // Of all sources together, within ten seconds: there may be any number of sources.
  static constexpr unsigned linesOfAll = 200;
  // Which are told apart at once; what is above counts as one.
  static constexpr std::size_t sourcesMost = 1024;

  // Whether a line is written. Each level has lines of its own.
  bool admit(LogLevel level, const LogSource& source, TimePoint now);
  // The sentences about what was left out and whose time is over, or, with `all`, about everything.
  Lines leftOut(TimePoint now, bool all = false);

 private:
  using Name = std::pair<LogLevel, std::string>;
  struct Count {
    TimePoint began;
    std::chrono::steady_clock::duration time;
    unsigned lines = 0;
    std::uint64_t leftOut = 0;
  };
  bool take(const Name& name, unsigned most, std::chrono::steady_clock::duration time, TimePoint now);
  void forget(TimePoint now, bool all);

  std::mutex mutex_;
  std::map<Name, Count> counts_;
  TimePoint looked_{};  // through all counts
  Lines sentences_;     // of counts that are forgotten, and not told yet
};

}  // namespace duramen
