#include "server/byte_range.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

RequestedRange part(std::uint64_t offset, std::uint64_t size) { return BytePart{.offset = offset, .size = size}; }
const RequestedRange whole = WholeBody{};
const RequestedRange none = UnsatisfiableRange{};

TEST(RangeOf, ReadsASingleRangeOfBytes) {
  const std::pair<const char*, RequestedRange> ofThousand[] = {
      {"bytes=0-0", part(0, 1)},
      {"bytes=0-499", part(0, 500)},
      {"bytes=500-", part(500, 500)},
      {"bytes=-500", part(500, 500)},
      {"bytes=-5000", part(0, 1000)},
      {"bytes=999-", part(999, 1)},
      {"bytes=0-5000", part(0, 1000)},
      {"bytes=0-99999999999999999999999999", part(0, 1000)},
      {"bytes=-99999999999999999999999999", part(0, 1000)},
      {"BYTES=1-2", part(1, 2)},
      {"bytes= 1-2 ", part(1, 2)},
      {"bytes=,1-2,,", part(1, 2)},
      {"bytes=1000-", none},
      {"bytes=1000-2000", none},
      {"bytes=99999999999999999999999999-", none},
      {"bytes=-0", none},
      // Several, or none that can be read.
      {"bytes=0-1,5-6", whole},
      {"bytes=0-1, x", whole},
      {"bytes=", whole},
      {"bytes=,", whole},
      {"bytes=-", whole},
      {"bytes=--1", whole},
      {"bytes=5-4", whole},
      {"bytes=a-b", whole},
      {"bytes=1-+2", whole},
      {"bytes=0x1-2", whole},
      {"bytes=1 - 2", whole},
      {"bytes", whole},
      {"lines=1-2", whole},
      {"", whole},
  };
  for (const auto& [header, expected] : ofThousand) EXPECT_EQ(rangeOf(header, 1000), expected) << header;
}

TEST(RangeOf, OfAnEmptyBodyIsNeverAPart) {
  EXPECT_EQ(rangeOf("bytes=0-", 0), none);
  EXPECT_EQ(rangeOf("bytes=-5", 0), whole);
}

TEST(ContentRange, CountsFromZeroAndIncludesTheLast) {
  EXPECT_EQ(contentRange({.offset = 5, .size = 10}, 100), "bytes 5-14/100");
  EXPECT_EQ(noContentRange(100), "bytes */100");
}

}  // namespace
}  // namespace duramen::server
