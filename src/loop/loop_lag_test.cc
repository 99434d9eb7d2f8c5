#include "loop/loop_lag.h"

#include <gtest/gtest.h>

#include <numeric>

namespace duramen::loop {
namespace {

using namespace std::chrono_literals;

// A loop that comes to its timer when the test says.
class LateLoop final : public Loop {
 public:
  void post(Work work) override { work(); }
  TimePoint now() const override { return now_; }
  Timer after(Duration delay, Work work) override {
    due_ = now_ + delay;
    work_ = std::move(work);
    return {};
  }
  bool isCurrent() const override { return true; }

  void pass(Duration time) { now_ += time; }
  void beat(Duration late) {
    now_ = due_ + late;
    std::exchange(work_, nullptr)();
  }

 private:
  TimePoint now_{1h};
  TimePoint due_;
  Work work_;
};

TEST(LoopLag, CountsHowLateEachBeatIs) {
  LateLoop loop;
  LoopLag lag{loop};
  lag.start();
  loop.beat(0ms);
  loop.beat(3ms);
  loop.beat(20s);
  const auto value = lag.lateness();
  EXPECT_EQ(value.counts.front(), 1u);
  EXPECT_EQ(value.counts[5], 1u);
  EXPECT_EQ(value.counts.back(), 1u);
  EXPECT_EQ(std::accumulate(value.counts.begin(), value.counts.end(), std::uint64_t{0}), 3u);
  EXPECT_EQ(value.sum, 20'003ms);
}

TEST(LoopLag, TellsTheWorstOfLate) {
  LateLoop loop;
  LoopLag lag{loop};
  EXPECT_EQ(lag.worst(), 0ms);
  lag.start();
  loop.beat(7ms);
  for (int i = 0; i < 150; ++i) loop.beat(1ms);
  EXPECT_EQ(lag.worst(), 7ms);
  for (int i = 0; i < 150; ++i) loop.beat(1ms);
  EXPECT_EQ(lag.worst(), 1ms);
}

TEST(LoopLag, SeesALoopThatIsStuckNow) {
  LateLoop loop;
  LoopLag lag{loop};
  lag.start();
  loop.pass(5'100ms);
  EXPECT_EQ(lag.worst(), 5s);
}

}  // namespace
}  // namespace duramen::loop
