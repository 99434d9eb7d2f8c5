#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace duramen {
namespace {

TEST(Utf8, AcceptsEverySequenceAtItsEdges) {
  for (const char* text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(isUtf8(text)) << text;
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsTooLarge) {
  for (const char* text : {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe"})
    EXPECT_FALSE(isUtf8(text)) << text;
}

TEST(Utf8, SaysWhereTextBreaksOff) {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string text(before, 'x');
    EXPECT_EQ(firstInvalidUtf8(text + "\xe2\x82"), before);
    EXPECT_EQ(firstInvalidUtf8(text + "\xe2\x82\xac" + "\xf0\x9f\x98y"), before + 3);
    EXPECT_EQ(firstInvalidUtf8(text + "\xe2\x82\xac" + std::string(20, 'y')), std::nullopt);
  }
}

}  // namespace
}  // namespace duramen
