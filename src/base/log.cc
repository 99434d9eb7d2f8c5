#include "base/log.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace duramen {
namespace {

constexpr std::size_t longestText = 4096;

}  // namespace

Log::Log(Write write, Now now) {
  if (write) state_ = std::make_shared<State>(std::move(write), std::move(now));
}

void Log::say(LogLevel level, std::string_view text) const {
  if (!state_) return;
  const std::string_view front = text.substr(0, longestText);
  if (front.size() == text.size() && firstUnprintable(text) == text.size()) return state_->write(level, text);
  std::string line = printable(front);
  if (front.size() < text.size()) line += fmt::format("... and {} bytes more", text.size() - front.size());
  state_->write(level, line);
}

void Log::say(LogLevel level, std::string_view text, const LogSource& source) const {
  if (!state_) return;
  const bool admitted = state_->limits.admit(level, source, state_->now());
  tellLeftOut();
  if (admitted) say(level, text);
}

void Log::tellLeftOut(bool all) const {
  if (!state_) return;
  for (const auto& [level, sentence] : state_->limits.leftOut(state_->now(), all)) say(level, sentence);
}

}  // namespace duramen
