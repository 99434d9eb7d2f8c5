#include "duramen/path.h"

#include <gtest/gtest.h>

#include "duramen/key.h"

namespace duramen {
namespace {

struct NoteKey : Key<NoteKey> {
  using Key::Key;
};
constexpr Path<"/note/:key", NoteKey> notePath;
constexpr Path<"/page/:number/of/:key", int, NoteKey> pagePath;

TEST(Path, BuildsLinks) {
  EXPECT_EQ(notePath(NoteKey{"n1"}), "/note/n1");
  EXPECT_EQ(pagePath(3, NoteKey{"x"}), "/page/3/of/x");
}

TEST(Path, EncodesWhatAUrlCannotHold) { EXPECT_EQ(notePath(NoteKey{"a/b c?é"}), "/note/a%2Fb%20c%3F%C3%A9"); }

TEST(Path, RefusesSegmentsThatBrowsersDrop) {
  for (const char* const key : {"", ".", ".."}) EXPECT_THROW(notePath(NoteKey{key}), std::invalid_argument) << key;
}

TEST(SegmentsOf, DecodesEachSegment) {
  using Segments = std::vector<std::string>;
  EXPECT_EQ(detail::segmentsOf("/"), (Segments{""}));
  EXPECT_EQ(detail::segmentsOf("/note/a%2Fb"), (Segments{"note", "a/b"}));
  EXPECT_EQ(detail::segmentsOf("/a//b/"), (Segments{"a", "", "b", ""}));
}

TEST(SegmentsOf, RefusesIllFormedText) {
  for (const char* const path : {"", "a", "/%", "/%4", "/%zz", "/%00", "/%ff", "/a%C3"})
    EXPECT_FALSE(detail::segmentsOf(path)) << path;
}

TEST(NormalPath, IsTheSameForEqualPaths) {
  EXPECT_EQ(detail::normalPath("/note/%6e1"), "/note/n1");
  EXPECT_EQ(detail::normalPath(notePath(NoteKey{"a b"})), notePath(NoteKey{"a b"}));
}

}  // namespace
}  // namespace duramen
