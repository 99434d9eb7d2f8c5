#pragma once
// Root tasks that belong to an owner (a group, an object) on one executor. Each runs to its end, or goes with its
// owner: destroying the set drops what still waits.

#include <list>
#include <memory>
#include <new>
#include <optional>

#include "duramen/task.h"

namespace duramen {

class TaskSet {
 public:
  explicit TaskSet(Executor& executor) : state_(std::make_shared<State>(executor)) {}
  TaskSet(const TaskSet&) = delete;
  TaskSet& operator=(const TaskSet&) = delete;
  ~TaskSet() {
    // A dropped task's destructors may look at the set: they find it empty.
    std::list<Entry> dropped;
    dropped.swap(state_->running);
  }

  // Runs `task` on the caller's stack until it first waits. If there is no memory left to begin it, that is thrown, and
  // none of it has run. REQUIRES: on the executor; the task lets no exception out, but that there is no memory left: it
  // ends then.
  void spawn(Task<void> task, Tracker* tracker = nullptr) {
    Entry& entry = state_->running.emplace_back(Scope{.executor = &state_->executor, .tracker = tracker});
    try {
      entry.task.emplace(run(std::move(task), state_, entry));
    } catch (...) {
      state_->running.pop_back();
      throw;
    }
    entry.task->start(entry.scope);
  }
  bool empty() const { return state_->running.empty(); }

 private:
  struct Entry {
    explicit Entry(Scope s) : scope(s) {}
    Scope scope;
    std::optional<Task<void>> task;
  };
  struct State {
    explicit State(Executor& e) : executor(e) {}
    Executor& executor;
    std::list<Entry> running;
  };
  static Task<void> run(Task<void> task, std::weak_ptr<State> set, Entry& entry) {
    try {
      co_await std::move(task);
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it has ended
    }
    // The frame is still running: it is freed by work of its own.
    if (const auto state = set.lock())
      state->executor.post([set, &entry] {
        if (const auto alive = set.lock()) alive->running.remove_if([&](const Entry& each) { return &each == &entry; });
      });
  }
  std::shared_ptr<State> state_;
};

}  // namespace duramen
