#include "server/conditional.h"

#include <gtest/gtest.h>

#include "server/http_date.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using enum Precondition;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr sys_seconds changed = sys_days{2024y / 5 / 6} + 7h + 8min + 9s;
constexpr sys_seconds now = sys_days{2026y / 1 / 1};
constexpr const char* sameDate = "Mon, 06 May 2024 07:08:09 GMT";
constexpr const char* earlier = "Mon, 06 May 2024 07:08:08 GMT";
constexpr const char* later = "Mon, 06 May 2024 07:08:10 GMT";
const Validators dated{.etag = "\"a,b\"", .lastModified = changed};
const Validators undated{.etag = "\"a,b\""};

Request with(Headers headers) { return {.method = "GET", .path = "/", .headers = std::move(headers)}; }
Precondition of(Headers headers, const Validators& file = dated) {
  return preconditionOf(with(std::move(headers)), file, now);
}

TEST(ParseHttpDate, ReadsTheThreeForms) {
  constexpr sys_seconds expected = sys_days{1994y / 11 / 6} + 8h + 49min + 37s;
  for (const char* const text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parseHttpDate(text, now), expected) << text;
  EXPECT_EQ(parseHttpDate("Sun Nov 16 08:49:37 1994", now), expected + 24h * 10);
}

TEST(ParseHttpDate, TakesAYearOfTwoDigitsForTheNearestOne) {
  EXPECT_EQ(parseHttpDate("Friday, 01-Jan-76 00:00:00 GMT", now), sys_days{2076y / 1 / 1});
  EXPECT_EQ(parseHttpDate("Saturday, 01-Jan-77 00:00:00 GMT", now), sys_days{1977y / 1 / 1});
}

TEST(ParseHttpDate, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "0", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT", "Sun,", "Sunday", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6"})
    EXPECT_FALSE(parseHttpDate(text, now)) << text;
}

TEST(PreconditionOf, IfNoneMatchComparesWeakly) {
  const std::pair<const char*, Precondition> cases[] = {
      {"\"a,b\"", notModified},
      {"W/\"a,b\"", notModified},
      {"\"x\", \"a,b\"", notModified},
      {"\"x\" ,W/\"y\",,\"a,b\"", notModified},
      {"*", notModified},
      {" * ", notModified},
      {"\"x\"", holds},
      {"\"a\"", holds},
      {"a,b", holds},
      {"\"a,b", holds},
      {"", holds},
      {"w/\"a,b\"", holds},
      {"\"x\" \"a,b\"", holds},
      {"\"*\"", holds},
  };
  for (const auto& [header, expected] : cases) EXPECT_EQ(of({{"If-None-Match", header}}), expected) << header;
  EXPECT_EQ(of({{"If-None-Match", "\"x\""}, {"if-none-match", "\"a,b\""}}), notModified);
}

TEST(PreconditionOf, IfMatchComparesStrongly) {
  EXPECT_EQ(of({{"If-Match", "\"a,b\""}}), holds);
  EXPECT_EQ(of({{"If-Match", "\"x\", \"a,b\""}}), holds);
  EXPECT_EQ(of({{"If-Match", "*"}}), holds);
  EXPECT_EQ(of({{"If-Match", "W/\"a,b\""}}), failed);
  EXPECT_EQ(of({{"If-Match", "\"x\""}}), failed);
  EXPECT_EQ(of({{"If-Match", ""}}), failed);
}

TEST(PreconditionOf, DatesCountOnlyWithoutTags) {
  EXPECT_EQ(of({{"If-Modified-Since", sameDate}}), notModified);
  EXPECT_EQ(of({{"If-Modified-Since", later}}), notModified);
  EXPECT_EQ(of({{"If-Modified-Since", earlier}}), holds);
  EXPECT_EQ(of({{"If-Modified-Since", "yesterday"}}), holds);
  EXPECT_EQ(of({{"If-None-Match", "\"x\""}, {"If-Modified-Since", sameDate}}), holds);
  EXPECT_EQ(of({{"If-Unmodified-Since", sameDate}}), holds);
  EXPECT_EQ(of({{"If-Unmodified-Since", earlier}}), failed);
  EXPECT_EQ(of({{"If-Unmodified-Since", "yesterday"}}), holds);
  EXPECT_EQ(of({{"If-Match", "\"a,b\""}, {"If-Unmodified-Since", earlier}}), holds);
}

TEST(PreconditionOf, DatesAreNotComparedWithAFileThatHasNone) {
  EXPECT_EQ(of({{"If-Modified-Since", later}}, undated), holds);
  EXPECT_EQ(of({{"If-Unmodified-Since", earlier}}, undated), holds);
}

TEST(PreconditionOf, IfMatchComesFirst) {
  EXPECT_EQ(of({{"If-None-Match", "\"a,b\""}, {"If-Match", "\"x\""}}), failed);
  EXPECT_EQ(of({{"If-None-Match", "\"a,b\""}, {"If-Match", "\"a,b\""}}), notModified);
  EXPECT_EQ(of({}), holds);
}

TEST(RangeApplies, OnlyByStrongComparison) {
  const auto applies = [](const char* header, const Validators& file = dated) {
    return rangeApplies(with({{"If-Range", header}}), file, now);
  };
  EXPECT_TRUE(rangeApplies(with({}), dated, now));
  EXPECT_TRUE(applies("\"a,b\""));
  EXPECT_FALSE(applies("W/\"a,b\""));
  EXPECT_FALSE(applies("\"x\""));
  EXPECT_FALSE(applies("*"));
  EXPECT_FALSE(applies(""));
  EXPECT_TRUE(applies(sameDate));
  EXPECT_FALSE(applies(later));
  EXPECT_FALSE(applies(earlier));
  EXPECT_FALSE(applies(sameDate, undated));
  EXPECT_FALSE(rangeApplies(with({{"If-Range", sameDate}}), dated, changed + 1s));
}

}  // namespace
}  // namespace duramen::server
