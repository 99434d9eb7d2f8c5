#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace duramen {
namespace {

TEST(ByteBudget, GivesNoMoreThanThereIs) {
  const ByteBudget budget{10};
  ByteBudget::Place one{budget}, other{budget};
  EXPECT_TRUE(one.grow(4));
  EXPECT_TRUE(one.grow(3));
  EXPECT_FALSE(other.grow(4));
  EXPECT_FALSE(other.grow(static_cast<std::size_t>(-1)));
  EXPECT_TRUE(budget.hasRoomFor(3));
  EXPECT_FALSE(budget.hasRoomFor(4));
  EXPECT_TRUE(other.grow(3));
  EXPECT_EQ(budget.taken(), 10U);
}

TEST(ByteBudget, HasAgainWhatAPlaceHadThatGoes) {
  const ByteBudget budget{10};
  {
    ByteBudget::Place place{budget};
    EXPECT_TRUE(place.grow(10));
    ByteBudget::Place moved{std::move(place)};
    place = ByteBudget::Place{};
    EXPECT_EQ(moved.bytes(), 10U);
    EXPECT_EQ(budget.taken(), 10U);
    moved = ByteBudget::Place{budget};
    EXPECT_EQ(budget.taken(), 0U);
  }
  EXPECT_EQ(budget.taken(), 0U);
}

TEST(ByteBudget, LeavesAQuarterToThoseWhoTakeLittle) {
  const ByteBudget budget{4 * ByteBudget::smallBytes};
  ByteBudget::Place large{budget}, little{budget};
  EXPECT_TRUE(large.growTo(3 * ByteBudget::smallBytes));
  EXPECT_FALSE(large.growTo(3 * ByteBudget::smallBytes + 1));
  EXPECT_EQ(large.bytes(), 3 * ByteBudget::smallBytes);
  EXPECT_TRUE(little.growTo(ByteBudget::smallBytes));
  EXPECT_FALSE(little.growTo(ByteBudget::smallBytes + 1));
}

TEST(ByteBudget, TakesBackWhatAPlaceGivesUp) {
  const ByteBudget budget{10};
  ByteBudget::Place place{budget};
  place.force(15);
  EXPECT_FALSE(budget.hasRoomFor(0));
  EXPECT_FALSE(place.grow(1));
  place.shrinkTo(4);
  EXPECT_TRUE(budget.hasRoomFor(6));
  EXPECT_EQ(place.bytes(), 4U);
}

TEST(ByteBudget, IsSharedByThreads) {
  const ByteBudget budget{1000};
  const auto work = [&budget] {
    for (int i = 0; i < 10'000; ++i) {
      ByteBudget::Place place{budget};
      place.grow(600);
      EXPECT_LE(budget.taken(), 1000U);
    }
  };
  std::thread other{work};
  work();
  other.join();
  EXPECT_EQ(budget.taken(), 0U);
}

TEST(ByteBudget, APlaceGrowsAndShrinks) {
  const ByteBudget budget{100};
  ByteBudget::Place one{budget}, two{budget};
  EXPECT_TRUE(one.resize(70));
  EXPECT_TRUE(two.resize(30));
  EXPECT_FALSE(two.resize(31));
  EXPECT_EQ(two.bytes(), 30U);
  EXPECT_TRUE(one.resize(10));
  EXPECT_EQ(budget.taken(), 40U);
  EXPECT_TRUE(two.resize(90));
}

}  // namespace
}  // namespace duramen
