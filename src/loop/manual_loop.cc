#include "loop/manual_loop.h"

namespace duramen::loop {

struct ManualLoop::Pending {
  Work work;
  bool cancelled = false;
};

class ManualLoop::Handle : public Timer::Impl {
 public:
  explicit Handle(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
  ~Handle() override {
    pending_->cancelled = true;
    pending_->work = nullptr;
  }

 private:
  std::shared_ptr<Pending> pending_;
};

ManualLoop::ManualLoop() = default;
ManualLoop::~ManualLoop() = default;

void ManualLoop::post(Work work) {
  const std::lock_guard lock{mutex_};
  posted_.push_back(std::move(work));
}

TimePoint ManualLoop::now() const {
  const std::lock_guard lock{mutex_};
  return now_;
}

Timer ManualLoop::after(Duration delay, Work work) {
  auto pending = std::make_shared<Pending>(std::move(work));
  const std::lock_guard lock{mutex_};
  timers_.emplace(now_ + std::max(delay, Duration::zero()), pending);
  return Timer{std::make_unique<Handle>(std::move(pending))};
}

bool ManualLoop::run() {
  bool ran = false;
  for (;;) {
    Work work;
    {
      const std::lock_guard lock{mutex_};
      if (posted_.empty()) return ran;
      work = std::move(posted_.front());
      posted_.pop_front();
    }
    running_ = true;
    work();
    running_ = false;
    ran = true;
  }
}

void ManualLoop::advance(Duration by) {
  run();
  const TimePoint end = now() + by;
  for (;;) {
    std::shared_ptr<Pending> due;
    {
      const std::lock_guard lock{mutex_};
      const auto first = timers_.begin();
      if (first == timers_.end() || first->first > end) break;
      now_ = std::max(now_, first->first);
      due = std::move(first->second);
      timers_.erase(first);
    }
    if (!due->cancelled) {
      // Moved out first: the work may drop its own Timer.
      Work work = std::move(due->work);
      running_ = true;
      work();
      running_ = false;
    }
    run();
  }
  {
    const std::lock_guard lock{mutex_};
    now_ = std::max(now_, end);
  }
  run();
}

void ManualLoop::spend(Duration by) {
  const std::lock_guard lock{mutex_};
  now_ += by;
}

}  // namespace duramen::loop
