#pragma once
// A loop without a thread: a test runs it, and its time is what the test says. Work may be posted from any thread.

#include <deque>
#include <map>
#include <mutex>

#include "loop/loop.h"

namespace duramen::loop {

class ManualLoop : public Loop {
 public:
  ManualLoop();
  ~ManualLoop() override;
  void post(Work work) override;
  TimePoint now() const override;
  Timer after(Duration delay, Work work) override;
  bool isCurrent() const override { return running_; }

  // Runs what is posted, and what that posts, until nothing is left; whether anything ran. Time stands still.
  bool run();
  // Moves the time, firing each timer that falls due at its own time, and runs what follows.
  void advance(Duration by);
  // Moves the time as work does that takes so long: no timer fires meanwhile.
  void spend(Duration by);

 private:
  struct Pending;
  class Handle;
  using Timers = std::multimap<TimePoint, std::shared_ptr<Pending>>;

  mutable std::mutex mutex_;
  std::deque<Work> posted_;
  Timers timers_;
  TimePoint now_{};
  bool running_ = false;
};

}  // namespace duramen::loop
