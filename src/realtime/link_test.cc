#include "realtime/link.h"

#include <gtest/gtest.h>

namespace duramen::realtime {
namespace {

// U8: the stock server fetches whatever URL a client sends; here nothing of it but path and query is left.
TEST(LinkOf, U8KeepsPathAndQueryAndDropsTheOrigin) {
  EXPECT_EQ(linkOf("http://evil.example:99/note/a?x=1"), "/note/a?x=1");
  EXPECT_EQ(linkOf("https://10.0.0.1"), "/");
  EXPECT_EQ(linkOf("https://host?x"), std::unexpected("a URL whose path begins with '/' was expected"));
  EXPECT_EQ(linkOf("/note/a"), "/note/a");
}

TEST(LinkOf, RefusesWhatIsNoHttpUrl) {
  for (const char* const url : {"", "note", "ftp://host/x", "file:///etc/passwd", "javascript:1", "/a b", "/a\nb"})
    EXPECT_FALSE(linkOf(url)) << url;
  EXPECT_FALSE(linkOf("/" + std::string(9000, 'a')));
}

TEST(LinkOf, DropsFragmentAndParametersOfTheWire) {
  EXPECT_EQ(linkOf("/a?__rsc=&x=1&__rsc_action_id=f#top"), "/a?x=1");
  EXPECT_EQ(linkOf("/a?__rsc"), "/a");
}

TEST(LinkOf, BringsThePathToNormalForm) {
  EXPECT_EQ(linkOf("/note/%61b"), "/note/ab");
  EXPECT_EQ(linkOf("/note/a%2fb"), "/note/a%2Fb");
  EXPECT_EQ(linkOf("/note/%zz"), "/note/%zz");
}

TEST(NormalKey, ComparesPathsInNormalForm) {
  EXPECT_EQ(normalKey(""), "default");
  EXPECT_EQ(normalKey("room %41"), "room %41");
  EXPECT_EQ(normalKey("/note/%41"), "/note/A");
}

}  // namespace
}  // namespace duramen::realtime
