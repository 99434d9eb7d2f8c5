#pragma once
// For tests with real loops: a call from the test's own thread, which waits for the answer.

#include <future>
#include <memory>

#include "base/task_set.h"
#include "duramen/object.h"
#include "loop/loop.h"

namespace duramen::objects {

template <class R>
Task<void> tell(Call<R> call, std::promise<R>& answer) {
  try {
    if constexpr (std::is_void_v<R>) {
      co_await std::move(call);
      answer.set_value();
    } else {
      answer.set_value(co_await std::move(call));
    }
  } catch (...) {
    answer.set_exception(std::current_exception());
  }
}

// REQUIRES: the loop runs on another thread.
template <class R>
R ask(loop::Loop& loop, Call<R> call) {
  std::promise<R> answer;
  std::promise<void> gone;
  auto tasks = std::make_shared<TaskSet>(loop);
  loop.post([&] { tasks->spawn(tell<R>(std::move(call), answer)); });
  auto future = answer.get_future();
  future.wait();
  loop.post([&] {
    tasks.reset();
    gone.set_value();
  });
  gone.get_future().wait();
  return future.get();
}

}  // namespace duramen::objects
