#pragma once
// Where the library says what happened. It never prints by itself: the host passes a Log down. Whatever a text holds,
// it is written as one line of printable characters (printable.h) and of bounded length.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log_limits.h"
#include "duramen/log_level.h"

namespace duramen {

// Called from any thread, so `write` must be safe for that. Copies share what they limit.
class Log {
 public:
  using Write = std::function<void(LogLevel, std::string_view)>;
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  Log() = default;  // says nothing
  explicit Log(Write write, Now now = [] { return std::chrono::steady_clock::now(); });

  void debug(std::string_view text) const { say(LogLevel::debug, text); }
  void info(std::string_view text) const { say(LogLevel::info, text); }
  void warning(std::string_view text) const { say(LogLevel::warning, text); }
  void error(std::string_view text) const { say(LogLevel::error, text); }
  // The program ends after this line.
  void fatal(std::string_view text) const { say(LogLevel::fatal, text); }

  // The same, of what others may cause as often as they like.
  void debug(std::string_view text, const LogSource& source) const { say(LogLevel::debug, text, source); }
  void info(std::string_view text, const LogSource& source) const { say(LogLevel::info, text, source); }
  void warning(std::string_view text, const LogSource& source) const { say(LogLevel::warning, text, source); }
  void error(std::string_view text, const LogSource& source) const { say(LogLevel::error, text, source); }
  // Tells how many lines were left out of sources whose time is over; with `all`, of all. Whoever has a clock calls it
  // now and then, since a source that falls silent causes no line that could tell.
  void tellLeftOut(bool all = false) const;

 private:
  struct State {
    Write write;
    Now now;
    LogLimits limits;
  };
  void say(LogLevel level, std::string_view text) const;
  void say(LogLevel level, std::string_view text, const LogSource& source) const;

  std::shared_ptr<State> state_;
};

}  // namespace duramen
