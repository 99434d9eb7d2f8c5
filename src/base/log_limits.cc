#include "base/log_limits.h"

#include <fmt/format.h>

namespace duramen {
namespace {

constexpr std::string_view others = "other sources";
constexpr std::chrono::seconds timeOfAll{10};
constexpr std::chrono::seconds lookEvery{1};

std::string sentence(const std::string& name, std::uint64_t lines, std::chrono::steady_clock::duration time) {
  return fmt::format("{} line{} about {} {} left out within {:.6g} s", lines, lines == 1 ? "" : "s", name,
                     lines == 1 ? "was" : "were", std::chrono::duration<double>(time).count());
}

}  // namespace

bool LogLimits::admit(LogLevel level, const LogSource& source, TimePoint now) {
  const std::lock_guard lock{mutex_};
  Name name{level, std::string(source.name)};
  if (counts_.size() >= sourcesMost && !counts_.contains(name)) {
    forget(now, false);
    if (counts_.size() >= sourcesMost) name.second = others;
  }
  return take(name, source.lines, source.time, now) && take({level, "all sources"}, linesOfAll, timeOfAll, now);
}

bool LogLimits::take(const Name& name, unsigned most, std::chrono::steady_clock::duration time, TimePoint now) {
  Count& count = counts_.try_emplace(name, Count{.began = now, .time = time}).first->second;
  if (now - count.began >= count.time) {
    if (count.leftOut > 0) sentences_.emplace_back(name.first, sentence(name.second, count.leftOut, count.time));
    count = {.began = now, .time = time};
  }
  if (count.lines >= most) {
    ++count.leftOut;
    return false;
  }
  ++count.lines;
  return true;
}

void LogLimits::forget(TimePoint now, bool all) {
  std::erase_if(counts_, [&](const auto& entry) {
    const auto& [name, count] = entry;
    if (!all && now - count.began < count.time) return false;
    if (count.leftOut > 0) sentences_.emplace_back(name.first, sentence(name.second, count.leftOut, count.time));
    return true;
  });
}

LogLimits::Lines LogLimits::leftOut(TimePoint now, bool all) {
  const std::lock_guard lock{mutex_};
  if (all || now - looked_ >= lookEvery) {
    looked_ = now;
    forget(now, all);
  }
  return std::exchange(sentences_, {});
}

}  // namespace duramen
