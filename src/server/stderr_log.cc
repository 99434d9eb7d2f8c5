#include "server/stderr_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/printable.h"
#include "server/log_thread.h"

namespace duramen::server {
namespace {

using std::chrono::system_clock;

constexpr std::size_t queuedMost = 1024;
constexpr std::chrono::seconds fatalWait{1};

struct Line {
  system_clock::time_point time;
  LogLevel level = LogLevel::info;
  std::string text;
};

std::string_view nameOf(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::fatal:
      return "fatal";
  }
  return "error";
}

std::string_view colourOf(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "\x1b[36m";
    case LogLevel::info:
      return "\x1b[32m";
    case LogLevel::warning:
      return "\x1b[33m\x1b[1m";
    default:
      return "\x1b[31m\x1b[1m";
  }
}

}  // namespace

std::string logLine(system_clock::time_point time, LogLevel level, std::string_view text, bool colours) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  const std::string_view name = nameOf(level);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03} {} {}", fmt::localtime(system_clock::to_time_t(time)), milliseconds,
                     colours ? fmt::format("{}{}\x1b[m", colourOf(level), name) : std::string(name), text);
}

std::function<void(LogLevel, std::string_view)> threadedLog(std::unique_ptr<LineSink> sink, LogLevel least,
                                                            bool colours) {
  const auto thread = std::make_shared<LogThread<Line>>(
      std::move(sink),
      LogThread<Line>::Format{
          .line = [colours](const Line& line) { return logLine(line.time, line.level, line.text, colours); },
          .dropped =
              [colours](std::uint64_t lines) {
                return logLine(system_clock::now(), LogLevel::warning,
                               fmt::format("{} line{} of this log dropped: whatever reads it was too slow", lines,
                                           lines == 1 ? " was" : "s were"),
                               colours);
              }},
      queuedMost);
  return [thread, least](LogLevel level, std::string_view text) {
    if (level < least) return;
    thread->add({.time = system_clock::now(), .level = level, .text = printable(text)});
    if (level == LogLevel::fatal) thread->flush(fatalWait);
  };
}

std::function<void(LogLevel, std::string_view)> stderrLog(LogLevel least) {
  return threadedLog(stderrSink(), least, ::isatty(STDERR_FILENO) == 1);
}

}  // namespace duramen::server
