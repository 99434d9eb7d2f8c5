#include "duramen/shared_bytes.h"

#include <gtest/gtest.h>

namespace duramen {
namespace {

TEST(SharedBytes, AreSharedByCopiesAndParts) {
  SharedBytes whole{"abcdef"};
  const char* const begin = whole.view().data();
  const SharedBytes copy = whole, part = copy.part(copy.view().substr(2, 3));
  whole = {};
  EXPECT_EQ(copy.view().data(), begin);
  EXPECT_EQ(part, "cde");
  EXPECT_EQ(part.view().data(), begin + 2);
}

TEST(SharedBytes, GoWithTheLastWhoHasThem) {
  const auto owner = std::make_shared<const std::string>("abc");
  SharedBytes part = SharedBytes{owner, *owner}.part(std::string_view{*owner}.substr(1));
  EXPECT_EQ(owner.use_count(), 2);
  SharedBytes moved = std::move(part);
  EXPECT_EQ(owner.use_count(), 2);
  moved = "else";
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(SharedBytes, AreEmptyAfterTheyHaveMoved) {
  SharedBytes one{"abc"};
  const SharedBytes other{std::move(one)};
  EXPECT_TRUE(one.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(other.size(), 3U);
}

TEST(SharedBytes, AreComparedByContent) {
  EXPECT_EQ(SharedBytes{"abc"}, SharedBytes{std::string{"abc"}});
  EXPECT_NE(SharedBytes{"abc"}, SharedBytes{"abd"});
  EXPECT_EQ(SharedBytes{}, "");
  EXPECT_EQ(SharedBytes{"abc"}, std::string_view{"abc"});
}

}  // namespace
}  // namespace duramen
