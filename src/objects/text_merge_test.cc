#include "objects/text_merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "base/json.h"
#include "duramen/value.h"

namespace duramen::objects {
namespace {

struct VectorCase {
  std::string name, base, mine, theirs;
  std::vector<std::size_t> carets;
  std::string text;
  std::vector<std::size_t> caretsAfter;
};
struct Vectors {
  std::string about;
  std::vector<VectorCase> cases;
};

std::u32string points(const std::string& text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    char32_t point = more == 0 ? lead : lead & (0x3fU >> more);
    for (int i = 0; i < more; ++i) point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    out += point;
  }
  return out;
}

TEST(MergedTexts, AreTheSameAsTheBrowsers) {
  std::ifstream file{DURAMEN_VECTORS "/merge.json"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto json = parseJson(text);
  ASSERT_TRUE(json) << describe(json.error());
  const auto vectors = detail::decode<Vectors>(&*json, "merge.json");
  ASSERT_TRUE(vectors) << describe(vectors.error());
  ASSERT_GE(vectors->cases.size(), 300U);
  for (const VectorCase& each : vectors->cases) {
    const Merged merged = merge(points(each.base), points(each.mine), points(each.theirs), each.carets);
    EXPECT_EQ(merged.text, points(each.text)) << each.name;
    EXPECT_EQ(merged.carets, each.caretsAfter) << each.name;
  }
}

std::u32string patched(std::u32string_view from, const std::vector<Hunk>& hunks) {
  std::u32string to;
  std::size_t read = 0;
  for (const Hunk& each : hunks) {
    to += from.substr(read, each.at - read);
    to += each.inserted;
    read = each.at + each.erased;
  }
  return to += from.substr(read);
}

// Texts in which every code point is one of a kind, so that a merge can be asked where each has gone.
class Writers {
 public:
  std::u32string fresh(std::size_t most) {
    std::u32string text;
    for (std::size_t left = below(most + 1); left > 0; --left) text += next_++;
    return text;
  }
  std::u32string edited(std::u32string text) {
    for (std::size_t edits = below(4); edits > 0; --edits) {
      const std::size_t at = below(text.size() + 1);
      text.replace(at, below(std::min<std::size_t>(text.size() - at, 6) + 1), fresh(5));
    }
    return text;
  }
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

 private:
  std::mt19937 random_{20261125};
  char32_t next_ = U'\x10000';
};

bool has(std::u32string_view text, char32_t point) { return text.find(point) != text.npos; }

TEST(MergedTexts, LoseNobodysInsertionKeepNobodysErasureAndHoldTheCaret) {
  Writers writers;
  for (int round = 0; round < 30'000; ++round) {
    const std::u32string base = writers.fresh(20), mine = writers.edited(base), theirs = writers.edited(base);
    const std::size_t caret = writers.below(mine.size() + 1);
    const auto [text, carets] = merge(base, mine, theirs, {caret});
    std::u32string all = mine;
    (all += theirs) += base;
    for (const char32_t point : all) {
      const bool inserted = !has(base, point);
      const bool stays = inserted || (has(mine, point) && has(theirs, point));
      ASSERT_EQ(std::ranges::count(text, point), stays ? 1 : 0);
    }
    // The code points of mine before the caret are before it still, and those behind it behind.
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (!has(text, mine[i])) continue;
      ASSERT_EQ(text.find(mine[i]) < carets[0], i < caret);
    }
    if (caret > 0 && has(text, mine[caret - 1])) {
      ASSERT_EQ(text[carets[0] - 1], mine[caret - 1]);
    }
    ASSERT_EQ(merge(base, mine, base).text, mine);
    ASSERT_EQ(merge(base, base, theirs).text, theirs);
    ASSERT_EQ(patched(base, diff(base, mine)), mine);
  }
}

TEST(MergedTexts, KeepTheOrderThatEachSideHas) {
  Writers writers;
  for (int round = 0; round < 2'000; ++round) {
    const std::u32string base = writers.fresh(12), mine = writers.edited(base), theirs = writers.edited(base);
    const std::u32string text = merge(base, mine, theirs).text;
    for (const std::u32string& side : {mine, theirs}) {
      std::u32string left;
      for (const char32_t point : text)
        if (has(side, point)) left += point;
      std::u32string kept = side;
      std::erase_if(kept, [&](char32_t point) { return !has(text, point); });
      ASSERT_EQ(left, kept);
    }
  }
}

TEST(Diff, OfTwoLettersIsRightWhateverRepeats) {
  std::mt19937 random{7};
  const auto text = [&] {
    std::u32string letters(random() % 30, U'a');
    for (char32_t& each : letters) each += random() % 3;
    return letters;
  };
  for (int round = 0; round < 10'000; ++round) {
    const std::u32string from = text(), to = text();
    ASSERT_EQ(patched(from, diff(from, to)), to);
  }
}

TEST(Diff, IsOneHunkForTextsThatDifferTooMuch) {
  const std::u32string from = U"x" + std::u32string(300, U'1') + U"-" + std::u32string(300, U'2') + U"y";
  const std::u32string to = U"x" + std::u32string(300, U'3') + U"-" + std::u32string(300, U'4') + U"y";
  EXPECT_EQ(diff(from, to), (std::vector{Hunk{1, 601, to.substr(1, 601)}}));
  // 400 edits are not too much.
  EXPECT_EQ(diff(U"-" + std::u32string(200, U'1'), std::u32string(200, U'2') + U"-").size(), 2U);
}

TEST(Diff, OfEqualTextsIsNothing) {
  EXPECT_TRUE(diff(U"", U"").empty());
  EXPECT_TRUE(diff(U"same", U"same").empty());
}

}  // namespace
}  // namespace duramen::objects
