#include "flight/row_ids.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace duramen::flight {
namespace {

TEST(RowTable, GivesEqualContentsOneRow) {
  RowTable table;
  const auto first = table.leaf('A', "save");
  EXPECT_TRUE(first.fresh);
  EXPECT_EQ(table.leaf('A', "save").id, first.id);
  EXPECT_FALSE(table.leaf('A', "save").fresh);
  EXPECT_NE(table.leaf('B', "save").id, first.id);
}

// Contents of one hash: each step of hashOf can be undone, so the second word follows from the first.
std::vector<std::string> collidingContents(std::size_t count) {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15, target = 0x0123456789ABCDEF;
  constexpr std::uint64_t inverse = [] {
    std::uint64_t found = factor;
    for (int step = 0; step < 6; ++step) found *= 2 - factor * found;
    return found;
  }();
  std::vector<std::string> contents;
  for (std::uint64_t first = 1; first <= count; ++first) {
    std::uint64_t hash = 'A' + 17 * factor;
    hash = (hash ^ first) * factor;
    hash ^= hash >> 29;
    const std::uint64_t words[] = {first, hash ^ (target * inverse)};
    contents.emplace_back(reinterpret_cast<const char*>(words), sizeof words);
  }
  return contents;
}

TEST(RowTable, LooksAtFewSlotsForContentsThatAStrangerMadeToCollide) {
  constexpr std::size_t count = 3000;
  const auto contents = collidingContents(count);
  EXPECT_EQ(hashOf(contents.front(), 'A'), hashOf(contents.back(), 'A'));
  RowTable table;
  std::set<std::uint32_t> ids;
  for (const std::string& content : contents) ids.insert(table.leaf('A', content).id);
  for (const std::string& content : contents) EXPECT_FALSE(table.leaf('A', content).fresh);
  EXPECT_EQ(ids.size(), count);
  EXPECT_LT(table.probes(), 40 * count);
}

TEST(RowTable, LooksAtFewSlotsForManyRowsOfOnePlace) {
  constexpr std::size_t count = 3000;
  RowTable table;
  std::set<std::uint32_t> ids;
  for (std::size_t i = 0; i < count; ++i) ids.insert(table.at(7));
  EXPECT_EQ(ids.size(), count);
  EXPECT_LT(table.probes(), 40 * count);
}

// Numbers that all end in the same bits: they would lie side by side in a table that took those bits as they are.
TEST(RowTable, LooksAtFewSlotsForNumbersOfOneRemainder) {
  constexpr std::size_t count = 3000;
  RowTable table;
  for (std::uint64_t i = 0; i < count; ++i) table.at((i << 16) << 20);
  EXPECT_LT(table.probes(), 40 * count);
}

}  // namespace
}  // namespace duramen::flight
