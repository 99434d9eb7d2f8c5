#include "loop/stopwatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duramen::loop {
namespace {

using namespace std::chrono_literals;

TEST(Stopwatch, NamesWhatHeldUpItsLoop) {
  std::vector<std::string> lines;
  const Log log{[&](LogLevel level, std::string_view text) {
    EXPECT_EQ(level, LogLevel::warning);
    lines.emplace_back(text);
  }};
  TimePoint now{1h};
  int described = 0;
  const auto run = [&](Duration time) {
    const Stopwatch watching{log,
                             [&] {
                               ++described;
                               return std::string("object notes/n1");
                             },
                             [&] { return now; }};
    now += time;
  };
  run(99ms);
  EXPECT_EQ(described, 0);
  run(100ms);
  run(1'234'567us);
  EXPECT_THAT(lines, testing::ElementsAre("object notes/n1 held up its loop for 100 ms",
                                          "object notes/n1 held up its loop for 1234 ms"));
}

TEST(Stopwatch, GoesByAClockThatGoesOn) {
  const CoarseClock clock;
  const TimePoint start = clock();
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (clock() == start && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_GT(clock(), start);
}

}  // namespace
}  // namespace duramen::loop
