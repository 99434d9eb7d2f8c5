#include "loop/thread_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <new>
#include <string>

#include "base/file_size_signal.h"
#include "base/found_memory.h"
#include "loop/asio.h"

namespace duramen::loop {

struct ThreadLoop::Impl {
  // One thread runs it: Asio leaves out what several would need, but post() stays safe from any thread.
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
};

struct AsioAccess {
  static boost::asio::io_context& context(ThreadLoop& loop) { return loop.impl_->context; }
};

boost::asio::io_context& asioContext(ThreadLoop& loop) { return AsioAccess::context(loop); }

namespace {

constexpr Duration recoveryTime = std::chrono::milliseconds{50};

class AsioTimer : public Timer::Impl {
 public:
  AsioTimer(boost::asio::io_context& context, Duration delay, std::shared_ptr<Work> work)
      : timer_(context, delay), work_(std::move(work)) {
    timer_.async_wait([pending = std::weak_ptr(work_)](const boost::system::error_code& error) {
      // A timer that is dropped after it fell due, before its call, is cancelled too: its work is gone.
      const auto due = pending.lock();
      if (error || !due) return;
      Work call = std::move(*due);  // it may drop its own Timer
      call();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<Work> work_;
};

}  // namespace

ThreadLoop::ThreadLoop(Log log) : log_(std::move(log)), impl_(std::make_unique<Impl>()) {}

ThreadLoop::~ThreadLoop() {
  stop();
  join();
}

void ThreadLoop::start() {
  thread_ = std::thread([this] {
    blockFileSizeSignal();  // uploads are written here
    run();
  });
}

void ThreadLoop::run() {
  for (;;) {
    try {
      if (isScarce_) recover();
      impl_->context.run();
      if (ends_) return;
      impl_->context.restart();
    } catch (const std::bad_alloc&) {
      // What it was about has gone with it; the others go on.
      isScarce_ = true;
      logScarcity();
    } catch (const std::exception& error) {
      log_.fatal(std::string("an event loop ends the program: uncaught exception: ") + error.what());
      std::terminate();
    } catch (...) {
      log_.fatal("an event loop ends the program: uncaught exception");
      std::terminate();
    }
  }
}

// May find no memory again.
void ThreadLoop::recover() {
  impl_->context.run_for(recoveryTime);
  if (ends_) return;
  impl_->context.restart();
  for (Work& resume : resumes_) resume();
  isScarce_ = false;
}

void ThreadLoop::noteScarcity() {
  isScarce_ = true;
  logScarcity();
  impl_->context.stop();  // run() goes on when this work has ended
}

void ThreadLoop::logScarcity() {
  if (scarcityNoted_ && now() - *scarcityNoted_ < std::chrono::seconds{1}) return;
  scarcityNoted_ = now();
  static_cast<void>(
      foundMemory([&] { log_.error("there is no memory left: what an event loop was about to do was given up"); }));
}

void ThreadLoop::stop() {
  if (stopped_.exchange(true)) return;
  boost::asio::post(impl_->context, [this] {
    ends_ = true;
    impl_->context.stop();
  });
}

void ThreadLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void ThreadLoop::post(Work work) {
  if (stopped_.load(std::memory_order_relaxed)) return;
  noteActivity();
  // The executor's own post() takes its memory before it moves the work.
  reserve_.spend([&] { impl_->context.get_executor().post(std::move(work), std::allocator<void>{}); });
}

TimePoint ThreadLoop::now() const { return std::chrono::steady_clock::now(); }

Timer ThreadLoop::after(Duration delay, Work work) {
  std::shared_ptr<Work> kept;
  reserve_.spend([&] { kept = std::make_shared<Work>(std::move(work)); });
  std::unique_ptr<Timer::Impl> timer;
  reserve_.spend([&] { timer = std::make_unique<AsioTimer>(impl_->context, delay, kept); });
  return Timer{std::move(timer)};
}

bool ThreadLoop::isCurrent() const { return impl_->context.get_executor().running_in_this_thread(); }

}  // namespace duramen::loop
