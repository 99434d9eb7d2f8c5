#include "server/reading_rate.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

using namespace std::chrono_literals;

constexpr loop::TimePoint start{};

bool slow(ReadingRate& rate, loop::Duration at, std::uint64_t taken) {
  return rate.isTooSlow(start + at, taken, 100, 20s);
}

TEST(ReadingRate, LooksAtEachStretchByItself) {
  ReadingRate rate;
  EXPECT_FALSE(slow(rate, 0s, 50'000));
  EXPECT_FALSE(slow(rate, 19s, 50'000));
  EXPECT_FALSE(slow(rate, 20s, 52'000));
  // What was taken before does not help.
  EXPECT_FALSE(slow(rate, 39s, 53'999));
  EXPECT_TRUE(slow(rate, 40s, 53'999));
}

TEST(ReadingRate, CountsNoTimeInWhichNothingWaits) {
  ReadingRate rate;
  EXPECT_FALSE(slow(rate, 0s, 0));
  EXPECT_FALSE(slow(rate, 19s, 0));
  rate.rest();
  EXPECT_FALSE(slow(rate, 30s, 0));
  EXPECT_FALSE(slow(rate, 49s, 0));
  EXPECT_TRUE(slow(rate, 50s, 0));
}

TEST(ReadingRate, AsksForMoreInAStretchThatWasLookedAtLate) {
  ReadingRate rate;
  EXPECT_FALSE(slow(rate, 0s, 0));
  EXPECT_TRUE(slow(rate, 30s, 2'999));
  EXPECT_FALSE(slow(rate, 60s, 6'000));
}

}  // namespace
}  // namespace duramen::server
