#include "base/printable.h"

#include <gtest/gtest.h>

namespace duramen {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const std::string text : {"", "a note \"n1\" \\ with 100%", "größer, 日本語, 🙂, \u00a0"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(firstUnprintable(text), text.size());
  }
}

TEST(Printable, ShowsWhatABytesDoesToALineOrATerminal) {
  EXPECT_EQ(printable("a\nb\r\tc"), R"(a\x0ab\x0d\x09c)");
  EXPECT_EQ(printable("\x1b[2J\x7f" + std::string(1, '\0')), R"(\x1b[2J\x7f\x00)");
  EXPECT_EQ(printable("\u0080\u009b31m"), R"(\xc2\x80\xc2\x9b31m)");
  EXPECT_EQ(printable("a\u2028b\u2029"), R"(a\xe2\x80\xa8b\xe2\x80\xa9)");
  EXPECT_EQ(printable("\u202e\u202a\u2066\u2069\u200e\u200f\u061c"),
            R"(\xe2\x80\xae\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c)");
}

TEST(Printable, ShowsTheNeighboursOfWhatIsHidden) {
  const std::string text = "\u00a0\u061b\u061d\u200d\u2010\u2027\u202f\u2065\u206a";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsEachByteOfWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff\xc3"), R"(a\xff\xc3)");
  EXPECT_EQ(printable("\xc0\xafz"), R"(\xc0\xafz)");
  EXPECT_EQ(printable("\xed\xa0\x80"), R"(\xed\xa0\x80)");
  EXPECT_EQ(printable("\xe2\x82z"), R"(\xe2\x82z)");
}

TEST(Printable, StaysEqualWhenItIsDoneAgain) {
  const std::string once = printable("a\n\x1b\\x0a\xff");
  EXPECT_EQ(printable(once), once);
}

}  // namespace
}  // namespace duramen
