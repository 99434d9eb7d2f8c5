#pragma once
// What a page's part waits for until a test lets it go on. Any thread opens it; who waits goes on on its own loop.

#include <coroutine>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "duramen/task.h"

namespace react_page {

class Gate {
  struct Wait {
    duramen::Executor* executor;
    std::coroutine_handle<> task;
  };

 public:
  class Awaiter {
   public:
    explicit Awaiter(Gate& gate) : gate_(gate) {}
    bool await_ready() const { return false; }
    template <class Waiter>
    bool await_suspend(std::coroutine_handle<Waiter> task) {
      wait_ = std::make_shared<Wait>(task.promise().scope->executor, task);
      return gate_.add(wait_);
    }
    void await_resume() const {}

   private:
    Gate& gate_;
    std::shared_ptr<Wait> wait_;  // goes with the task: then nobody goes on
  };
  Awaiter operator co_await() { return Awaiter{*this}; }

  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    for (const std::shared_ptr<Wait>& wait : std::exchange(waiting_, {}))
      wait->executor->post([weak = std::weak_ptr{wait}] {
        if (const auto waits = weak.lock()) waits->task.resume();
      });
  }
  void close() {
    const std::lock_guard lock{mutex_};
    open_ = false;
  }

 private:
  bool add(std::shared_ptr<Wait> wait) {
    const std::lock_guard lock{mutex_};
    if (!open_) waiting_.push_back(std::move(wait));
    return !open_;
  }

  std::mutex mutex_;
  bool open_ = false;
  std::vector<std::shared_ptr<Wait>> waiting_;
};

}  // namespace react_page
