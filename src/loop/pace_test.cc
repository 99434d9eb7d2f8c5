#include "loop/pace.h"

#include <gtest/gtest.h>

namespace duramen::loop {
namespace {

using std::chrono::milliseconds;

TEST(Pace, LetsAsManyStepsBeTakenAtOnceAsFitAndThenOneAfterTheOther) {
  Pace pace;
  TimePoint now{milliseconds{5000}};
  int taken = 0;
  for (; pace.wait(now, milliseconds{1000}, milliseconds{100}) == Duration{0}; ++taken)
    pace.pay(now, milliseconds{100});
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(pace.wait(now, milliseconds{1000}, milliseconds{100}), milliseconds{100});
  EXPECT_EQ(pace.wait(now, milliseconds{1000}, milliseconds{250}), milliseconds{250});
  now += milliseconds{100};
  EXPECT_EQ(pace.wait(now, milliseconds{1000}, milliseconds{100}), Duration{0});
}

TEST(Pace, APauseGivesNoMoreThanFitsAtOnce) {
  Pace pace;
  const TimePoint now{milliseconds{50'000}};
  pace.pay(TimePoint{milliseconds{1}}, milliseconds{10});
  EXPECT_EQ(pace.room(now, milliseconds{1000}), milliseconds{1000});
}

TEST(Pace, WhatIsSpentBeyondTheRoomIsWaitedFor) {
  Pace pace;
  const TimePoint now{milliseconds{5000}};
  pace.pay(now, milliseconds{3000});
  EXPECT_EQ(pace.room(now, milliseconds{1000}), milliseconds{-2000});
  EXPECT_EQ(pace.wait(now, milliseconds{1000}, milliseconds{1}), milliseconds{2001});
}

}  // namespace
}  // namespace duramen::loop
