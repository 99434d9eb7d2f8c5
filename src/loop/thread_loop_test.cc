#include "loop/thread_loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <vector>

namespace duramen::loop {
namespace {

using namespace std::chrono_literals;

// Runs `work` on the loop and waits for it.
void onLoop(ThreadLoop& loop, Work work) {
  std::promise<void> done;
  loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

TEST(ThreadLoop, RunsWorkInTheOrderInWhichAThreadPostedIt) {
  ThreadLoop loop;
  loop.start();
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) loop.post([&order, i] { order.push_back(i); });
  onLoop(loop, [] {});
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(ThreadLoop, TakesWorkFromManyThreads) {
  ThreadLoop loop;
  loop.start();
  int count = 0;  // the loop's
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) loop.post([&count] { ++count; });
    });
  for (std::thread& thread : threads) thread.join();
  loop.stop();
  loop.join();
  EXPECT_EQ(count, 2000);
}

TEST(ThreadLoop, KnowsWhetherTheCallerRunsOnIt) {
  ThreadLoop one;
  ThreadLoop two;
  one.start();
  two.start();
  EXPECT_FALSE(one.isCurrent());
  onLoop(one, [&] {
    EXPECT_TRUE(one.isCurrent());
    EXPECT_FALSE(two.isCurrent());
  });
}

TEST(ThreadLoop, StopRunsWhatIsQueuedAndNothingLater) {
  ThreadLoop loop;
  std::vector<int> ran;
  loop.post([&] {
    ran.push_back(1);
    loop.post([&] { ran.push_back(3); });  // after stop()
  });
  loop.post([&] { ran.push_back(2); });
  loop.stop();
  loop.run();
  EXPECT_EQ(ran, (std::vector{1, 2}));
}

TEST(ThreadLoop, DropsWorkThatIsPostedToAStoppedLoop) {
  ThreadLoop loop;
  loop.start();
  loop.stop();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  loop.post([held = std::move(held)] { FAIL(); });
  EXPECT_TRUE(watch.expired());
}

TEST(ThreadLoop, FiresTimersInOrderOfTheirTimes) {
  ThreadLoop loop;
  std::vector<int> fired;
  std::vector<Timer> timers;
  loop.post([&] {
    timers.push_back(loop.after(2ms, [&] {
      fired.push_back(2);
      loop.stop();
    }));
    timers.push_back(loop.after(1ms, [&] { fired.push_back(1); }));
  });
  loop.run();
  EXPECT_EQ(fired, (std::vector{1, 2}));
  timers.clear();
}

TEST(ThreadLoop, ADroppedTimerDoesNotFireEvenWhenItIsDue) {
  ThreadLoop loop;
  bool fired = false;
  loop.post([&] {
    Timer dropped = loop.after(0ms, [&] { fired = true; });
    dropped.reset();
    EXPECT_FALSE(dropped);
  });
  // Both are due: each drops the other before the other's call.
  Timer first;
  Timer second;
  int calls = 0;
  loop.post([&] {
    first = loop.after(0ms, [&] { ++calls, second.reset(); });
    second = loop.after(0ms, [&] { ++calls, first.reset(); });
  });
  Timer end;
  loop.post([&] { end = loop.after(2ms, [&] { loop.stop(); }); });
  loop.run();
  EXPECT_FALSE(fired);
  EXPECT_EQ(calls, 1);
}

TEST(ThreadLoop, ATimersWorkMayDropItsOwnTimer) {
  ThreadLoop loop;
  Timer timer;
  auto held = std::make_shared<int>(7);
  int seen = 0;
  loop.post([&] {
    timer = loop.after(0ms, [&, held] {
      timer.reset();
      seen = *held;
      loop.stop();
    });
  });
  loop.run();
  EXPECT_EQ(seen, 7);
}

TEST(ThreadLoop, WorkThatFindsNoMemoryEndsAlone) {
  std::vector<std::string> lines;
  ThreadLoop loop{Log{[&](LogLevel, std::string_view text) { lines.emplace_back(text); }}};
  bool ran = false;
  loop.post([] { throw std::bad_alloc(); });
  Timer timer;
  loop.post([&] { timer = loop.after(0ms, [] { throw std::bad_alloc(); }); });
  Timer end;
  loop.post([&] {
    end = loop.after(1ms, [&] {
      ran = true;
      loop.stop();
    });
  });
  loop.run();
  EXPECT_TRUE(ran);
  EXPECT_EQ(lines,
            (std::vector<std::string>{"there is no memory left: what an event loop was about to do was given up"}));
}

TEST(ThreadLoop, WhatWorkWithoutMemoryLeftUndoneIsDoneOnceThereIsSome) {
  ThreadLoop loop;
  int resumed = 0;
  loop.afterScarcity([&] {
    if (++resumed < 3) throw std::bad_alloc();
    loop.stop();
  });
  loop.post([] { throw std::bad_alloc(); });
  loop.run();
  EXPECT_EQ(resumed, 3);
}

TEST(ThreadLoopDeathTest, AnExceptionOutOfPostedWorkIsLoggedAndEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        ThreadLoop loop{
            Log{[](LogLevel, std::string_view text) { fprintf(stderr, "%s\n", std::string(text).c_str()); }}};
        loop.post([] { throw std::runtime_error("too much"); });
        loop.run();
      },
      "uncaught exception: too much");
}

}  // namespace
}  // namespace duramen::loop
