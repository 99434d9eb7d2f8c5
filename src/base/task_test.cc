#include "duramen/task.h"

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>
#include <string>

#include "base/task_set.h"

namespace duramen {
namespace {

class Queue final : public Executor {
 public:
  void post(Work work) override { work_.push_back(std::move(work)); }
  void run() {
    while (!work_.empty()) {
      Work work = std::move(work_.front());
      work_.pop_front();
      work();
    }
  }

 private:
  std::deque<Work> work_;
};

// Waits until the test lets go.
struct Gate {
  std::coroutine_handle<> waiting;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  void await_resume() const {}
  void release() { std::exchange(waiting, nullptr).resume(); }
};

// Counts how many live.
struct Counted {
  explicit Counted(int& c) : count(&c) { ++c; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count; }
  int* count;
};

Task<int> depth(int n) {
  if (n == 0) co_return 0;
  Task<int> below = depth(n - 1);
  co_return 1 + co_await std::move(below);
}

Task<std::string> after(Gate& gate, std::string text) {
  co_await gate;
  co_return text;
}
Task<void> failing(Gate& gate, std::string what) {
  co_await gate;
  throw std::runtime_error(what);
}

TEST(Task, DoesNothingUntilItIsAwaited) {
  bool ran = false;
  const auto make = [](bool& flag) -> Task<void> {
    flag = true;
    co_return;
  };
  Task<void> task = make(ran);
  EXPECT_FALSE(ran);
  Queue queue;
  Scope scope{.executor = &queue};
  task.start(scope);
  EXPECT_TRUE(ran);
}

TEST(Task, AChainOfAnyLengthUsesNoStack) {
  Queue queue;
  Scope scope{.executor = &queue};
  Task<int> task = depth(100'000);
  task.start(scope);
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), 100'000);
}

TEST(Task, HandsItsScopeToWhatItAwaits) {
  Queue queue;
  Scope scope{.executor = &queue};
  const auto inner = []() -> Task<Scope*> { co_return &co_await detail::CurrentScope{}; };
  const auto outer = [](Task<Scope*> awaited) -> Task<Scope*> { co_return co_await std::move(awaited); };
  Task<Scope*> task = outer(inner());
  task.start(scope);
  EXPECT_EQ(task.result(), &scope);
}

TEST(Task, ThrowsWhereItIsAwaited) {
  Gate gate;
  Queue queue;
  Scope scope{.executor = &queue};
  Task<void> task = failing(gate, "no");
  task.start(scope);
  EXPECT_FALSE(task.done());
  gate.release();
  ASSERT_TRUE(task.done());
  EXPECT_THROW(task.result(), std::runtime_error);
}

TEST(TaskSet, DroppingItDropsWhatStillWaits) {
  Gate gate;
  int alive = 0;
  const auto waits = [](Gate& at, int& count) -> Task<void> {
    const Counted counted{count};
    co_await at;
  };
  Queue queue;
  {
    TaskSet set{queue};
    set.spawn(waits(gate, alive));
    EXPECT_EQ(alive, 1);
    EXPECT_FALSE(set.empty());
  }
  EXPECT_EQ(alive, 0);
}

TEST(TaskSet, FreesATaskThatHasEnded) {
  Gate gate;
  int alive = 0;
  const auto waits = [](Gate& at, int& count) -> Task<void> {
    const Counted counted{count};
    co_await at;
  };
  Queue queue;
  TaskSet set{queue};
  set.spawn(waits(gate, alive));
  gate.release();
  EXPECT_EQ(alive, 0);
  queue.run();
  EXPECT_TRUE(set.empty());
}

TEST(WhenAll, EndsWhenAllHaveEndedInAnyOrder) {
  Gate first, second;
  const auto both = [](Gate& a, Gate& b) -> Task<std::string> {
    auto [x, y] = co_await whenAll(after(a, "x"), after(b, "y"));
    co_return x + y;
  };
  Queue queue;
  Scope scope{.executor = &queue};
  Task<std::string> task = both(first, second);
  task.start(scope);
  second.release();
  EXPECT_FALSE(task.done());
  first.release();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "xy");
}

TEST(WhenAll, OfWhatIsReadyIsReady) {
  const auto both = []() -> Task<int> {
    auto [a, b] = co_await whenAll(depth(2), depth(3));
    co_return a * 10 + b;
  };
  Queue queue;
  Scope scope{.executor = &queue};
  Task<int> task = both();
  task.start(scope);
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), 23);
}

TEST(WhenAll, ThrowsTheFirstErrorAfterAllHaveEnded) {
  Gate first, second;
  const auto both = [](Gate& a, Gate& b) -> Task<void> { co_await whenAll(failing(a, "first"), failing(b, "second")); };
  Queue queue;
  Scope scope{.executor = &queue};
  Task<void> task = both(first, second);
  task.start(scope);
  second.release();
  EXPECT_FALSE(task.done());
  first.release();
  ASSERT_TRUE(task.done());
  try {
    task.result();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
}

TEST(WhenAll, DroppedDropsAll) {
  Gate first, second;
  int alive = 0;
  const auto waits = [](Gate& at, int& count) -> Task<void> {
    const Counted counted{count};
    co_await at;
  };
  const auto both = [&waits](Gate& a, Gate& b, int& count) { return whenAll(waits(a, count), waits(b, count)); };
  Queue queue;
  {
    TaskSet set{queue};
    const auto run = [](Gate& a, Gate& b, int& count, auto make) -> Task<void> { co_await make(a, b, count); };
    set.spawn(run(first, second, alive, both));
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace duramen
