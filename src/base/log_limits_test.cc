#include "base/log_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"

namespace duramen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;
using TimePoint = LogLimits::TimePoint;

constexpr TimePoint start{1h};

int admitted(LogLimits& limits, std::string_view source, int lines, TimePoint now, LogLevel level = LogLevel::info) {
  int count = 0;
  for (int i = 0; i < lines; ++i) count += limits.admit(level, {source}, now) ? 1 : 0;
  return count;
}

TEST(LogLimits, LetsAFewLinesOfASourcePassAndCountsTheOthers) {
  LogLimits limits;
  EXPECT_EQ(admitted(limits, "192.0.2.1", 310, start), 10);
  EXPECT_EQ(admitted(limits, "192.0.2.2", 2, start), 2);
  EXPECT_THAT(limits.leftOut(start + 9s), IsEmpty());
  EXPECT_THAT(limits.leftOut(start + 10s),
              ElementsAre(Pair(LogLevel::info, "300 lines about 192.0.2.1 were left out within 10 s")));
  EXPECT_THAT(limits.leftOut(start + 20s), IsEmpty());
}

TEST(LogLimits, LetsLinesPassAgainWhenTheTimeIsOver) {
  LogLimits limits;
  EXPECT_EQ(admitted(limits, "a", 11, start), 10);
  EXPECT_EQ(admitted(limits, "a", 11, start + 10s), 10);
  EXPECT_THAT(limits.leftOut(start + 11s),
              ElementsAre(Pair(LogLevel::info, "1 line about a was left out within 10 s")));
}

TEST(LogLimits, ALevelHasLinesOfItsOwn) {
  LogLimits limits;
  EXPECT_EQ(admitted(limits, "a", 20, start, LogLevel::debug), 10);
  EXPECT_EQ(admitted(limits, "a", 20, start, LogLevel::error), 10);
  EXPECT_THAT(limits.leftOut(start + 10s),
              ElementsAre(Pair(LogLevel::debug, "10 lines about a were left out within 10 s"),
                          Pair(LogLevel::error, "10 lines about a were left out within 10 s")));
}

TEST(LogLimits, BoundsAllSourcesTogether) {
  LogLimits limits;
  int passed = 0;
  for (int i = 0; i < 5000; ++i) passed += admitted(limits, "source " + std::to_string(i), 1, start);
  EXPECT_EQ(passed, static_cast<int>(LogLimits::linesOfAll));
  EXPECT_THAT(limits.leftOut(start + 10s),
              testing::Contains(Pair(LogLevel::info, testing::HasSubstr("lines about all sources were left out"))));
}

TEST(LogLimits, ASourceMayHaveATimeOfItsOwn) {
  LogLimits limits;
  const LogSource source{.name = "refused upgrades", .lines = 1, .time = 60s};
  EXPECT_TRUE(limits.admit(LogLevel::warning, source, start));
  EXPECT_FALSE(limits.admit(LogLevel::warning, source, start + 59s));
  EXPECT_TRUE(limits.admit(LogLevel::warning, source, start + 60s));
  EXPECT_THAT(limits.leftOut(start + 60s),
              ElementsAre(Pair(LogLevel::warning, "1 line about refused upgrades was left out within 60 s")));
}

TEST(LogLimits, TellsEverythingWhenAsked) {
  LogLimits limits;
  EXPECT_EQ(admitted(limits, "a", 11, start), 10);
  EXPECT_THAT(limits.leftOut(start + 1ms, true),
              ElementsAre(Pair(LogLevel::info, "1 line about a was left out within 10 s")));
}

// Lines of a log, and a clock for it.
struct Kept {
  std::vector<std::string> lines;
  TimePoint now = start;
  Log log{[this](LogLevel, std::string_view text) { lines.emplace_back(text); }, [this] { return now; }};
};

TEST(Log, WritesOnePrintableLineWhateverTheTextHolds) {
  Kept kept;
  kept.log.error("note \"a\n2026-11-30 error forged\x1b[2J\" is missing");
  EXPECT_THAT(kept.lines, ElementsAre(R"(note "a\x0a2026-11-30 error forged\x1b[2J" is missing)"));
}

TEST(Log, CutsALongText) {
  Kept kept;
  kept.log.error(std::string(1'000'000, 'a'));
  EXPECT_EQ(kept.lines.at(0), std::string(4096, 'a') + "... and 995904 bytes more");
}

TEST(Log, TellsWhatItLeftOutBeforeTheNextLineOfAnySource) {
  Kept kept;
  for (int i = 0; i < 12; ++i) kept.log.warning("refused", {"192.0.2.1"});
  EXPECT_EQ(kept.lines.size(), 10U);
  kept.now += 10s;
  kept.log.warning("other", {"192.0.2.2"});
  kept.lines.erase(kept.lines.begin(), kept.lines.begin() + 10);
  EXPECT_THAT(kept.lines, ElementsAre("2 lines about 192.0.2.1 were left out within 10 s", "other"));
}

TEST(Log, CopiesShareWhatTheyLimit) {
  Kept kept;
  const Log copy = kept.log;
  for (int i = 0; i < 6; ++i) {
    kept.log.info("a", {"source"});
    copy.info("a", {"source"});
  }
  EXPECT_EQ(kept.lines.size(), 10U);
  copy.tellLeftOut(true);
  EXPECT_EQ(kept.lines.back(), "2 lines about source were left out within 10 s");
}

}  // namespace
}  // namespace duramen
