#pragma once
// A way to let a task go on later, for work that may outlive the task.

#include <coroutine>
#include <memory>
#include <utility>

#include "duramen/task.h"

namespace duramen {

// The task that awaits it goes on when it is woken, in work of its own. The task may be gone by then.
class Wake {
 public:
  explicit Wake(Executor& executor) : state_(std::make_shared<State>(executor)) {}
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  ~Wake() { state_->waiter = nullptr; }

  // What wakes it, once for each time that it is awaited.
  Work work() const {
    return [state = state_] {
      state->executor.post([state] {
        if (state->waiter) std::exchange(state->waiter, nullptr).resume();
      });
    };
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { state_->waiter = waiter; }
  void await_resume() const noexcept {}

 private:
  struct State {
    explicit State(Executor& e) : executor(e) {}
    Executor& executor;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<State> state_;
};

}  // namespace duramen
