#pragma once
// A task that may take so long and no longer:
//   const std::optional<Page> page = co_await loop::InTime{loop, std::chrono::seconds{5}, render(link)};
// One that has not ended by then is dropped, with what it waits for, and gives nothing.

#include <coroutine>
#include <memory>
#include <optional>

#include "base/task_set.h"
#include "loop/loop.h"

namespace duramen::loop {

template <class T>
class InTime {
 public:
  // REQUIRES: awaited on the loop, which outlives it; the task lets no exception out.
  InTime(Loop& loop, Duration most, Task<T> task)
      : loop_(loop), most_(most), task_(std::move(task)), state_(std::make_shared<State>(loop)) {}
  InTime(const InTime&) = delete;
  InTime& operator=(const InTime&) = delete;
  ~InTime() { state_->waiter = nullptr; }

  bool await_ready() {
    state_->tasks->spawn(run(std::move(task_), *state_));
    return state_->value.has_value();
  }
  void await_suspend(std::coroutine_handle<> waiter) {
    state_->waiter = waiter;
    state_->deadline = loop_.after(most_, [weak = std::weak_ptr{state_}] {
      const auto state = weak.lock();
      if (!state || state->value) return;
      state->tasks.reset();
      if (state->waiter) state->waiter.resume();
    });
  }
  std::optional<T> await_resume() {
    state_->deadline.reset();
    return std::move(state_->value);
  }

 private:
  struct State : std::enable_shared_from_this<State> {
    explicit State(Loop& l) : loop(l), tasks(std::make_unique<TaskSet>(l)) {}
    Loop& loop;
    std::optional<T> value;
    std::coroutine_handle<> waiter;  // null: it does not wait, or waits no more
    Timer deadline;
    std::unique_ptr<TaskSet> tasks;
  };
  // The waiter goes on by work of its own: it destroys this very frame.
  static Task<void> run(Task<T> task, State& state) {
    T value = co_await std::move(task);
    state.value.emplace(std::move(value));
    state.loop.post([weak = state.weak_from_this()] {
      const auto alive = weak.lock();
      if (alive && alive->waiter) alive->waiter.resume();
    });
  }

  Loop& loop_;
  Duration most_;
  Task<T> task_;
  std::shared_ptr<State> state_;
};

}  // namespace duramen::loop
