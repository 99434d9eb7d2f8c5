#pragma once
// An event loop: one thread that runs posted work, timers and (thread_loop.h) sockets. Everything of ours that has
// state lives on one loop. Tests use a ManualLoop, whose time the test moves.

#include <chrono>
#include <memory>

#include "duramen/task.h"

namespace duramen::loop {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

inline Duration scaled(Duration duration, double by) { return std::chrono::duration_cast<Duration>(duration * by); }
inline double inSeconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// A pending call. Dropping or resetting it cancels the call; on its loop only.
class Timer {
 public:
  class Impl {
   public:
    virtual ~Impl() = default;  // cancels
  };
  Timer() = default;
  explicit Timer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
  void reset() { impl_.reset(); }
  explicit operator bool() const { return impl_ != nullptr; }

 private:
  std::unique_ptr<Impl> impl_;
};

class Loop : public Executor {
 public:
  // Monotonic. Any thread.
  virtual TimePoint now() const = 0;
  // Runs `work` once, `delay` from now, unless the Timer goes first. On the loop only.
  [[nodiscard]] virtual Timer after(Duration delay, Work work) = 0;
  // Whether the caller runs on this loop.
  virtual bool isCurrent() const = 0;

  // Work that finds no memory ends, and with it what it was to set up. So whoever needs the loop for ever has `resume`
  // called some time after that, until it finds memory itself. REQUIRES: on the loop, or it does not run yet.
  virtual void afterScarcity(Work /*resume*/) {}
  // The same after work that found no memory and has told nobody. On the loop only.
  virtual void noteScarcity() {}
};

}  // namespace duramen::loop
