#pragma once
// Where the library says what happened. It never prints by itself: the host passes a Log down.

#include <functional>
#include <string>
#include <string_view>

#include "duramen/log_level.h"

namespace duramen {

// Called from any thread, so `write` must be safe for that.
class Log {
 public:
  using Write = std::function<void(LogLevel, std::string_view)>;
  Log() = default;  // says nothing
  explicit Log(Write write) : write_(std::move(write)) {}
  void debug(std::string_view text) const { say(LogLevel::debug, text); }
  void info(std::string_view text) const { say(LogLevel::info, text); }
  void warning(std::string_view text) const { say(LogLevel::warning, text); }
  void error(std::string_view text) const { say(LogLevel::error, text); }

 private:
  void say(LogLevel level, std::string_view text) const {
    if (write_) write_(level, text);
  }
  Write write_;
};

}  // namespace duramen
