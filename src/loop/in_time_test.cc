#include "loop/in_time.h"

#include <gtest/gtest.h>

#include "loop/manual_loop.h"

namespace duramen::loop {
namespace {

using std::chrono::seconds;

struct Gate {
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  void await_resume() const {}
  std::coroutine_handle<> waiting;
};
struct Alive {
  explicit Alive(int& all) : count(all) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  int& count;
};

struct InTimeTest : testing::Test {
  Task<int> afterGate() {
    const Alive alive{running};
    co_await gate;
    co_return 7;
  }
  static Task<int> atOnce() { co_return 3; }
  Task<void> await(Task<int> task) {
    const std::optional<int> result = co_await InTime<int>{loop, seconds{5}, std::move(task)};
    got = result ? *result : -1;
  }

  ManualLoop loop;
  Gate gate;
  int running = 0;
  int got = 0;
  TaskSet tasks{loop};
};

TEST_F(InTimeTest, GivesWhatComesInTime) {
  tasks.spawn(await(atOnce()));
  loop.run();
  EXPECT_EQ(got, 3);
  tasks.spawn(await(afterGate()));
  loop.advance(seconds{4});
  EXPECT_EQ(got, 3);
  gate.waiting.resume();
  loop.run();
  EXPECT_EQ(got, 7);
  EXPECT_EQ(running, 0);
  loop.advance(seconds{10});
  EXPECT_EQ(got, 7);
}

TEST_F(InTimeTest, DropsWhatDoesNot) {
  tasks.spawn(await(afterGate()));
  loop.advance(seconds{5});
  EXPECT_EQ(got, -1);
  EXPECT_EQ(running, 0);
}

TEST_F(InTimeTest, GoesWithItsWaiter) {
  auto waiting = std::make_unique<TaskSet>(loop);
  waiting->spawn(await(afterGate()));
  EXPECT_EQ(running, 1);
  waiting.reset();
  EXPECT_EQ(running, 0);
  loop.advance(seconds{10});
  EXPECT_EQ(got, 0);
}

}  // namespace
}  // namespace duramen::loop
