#include "server/static_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duramen::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_view_literals;

TEST(StaticPrefix, IsAPathWithoutASlashAtItsEnd) {
  EXPECT_EQ(staticPrefix("/files"), "/files");
  EXPECT_EQ(staticPrefix("/files/"), "/files");
  EXPECT_EQ(staticPrefix("/a/b-1.x"), "/a/b-1.x");
}

TEST(StaticPrefix, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {"files", "begin with '/'"},  {"", "begin with '/'"},       {"/", "hide the app's pages"},
      {"/healthz", "server's own"}, {"/readyz", "server's own"},  {"/__realtime/", "server's own"},
      {"/a//b", "single slashes"},  {"//", "single slashes"},     {"/../a", "single slashes"},
      {"/a/.", "single slashes"},   {"/a%20b", "single slashes"}, {"/a b", "single slashes"},
      {"/a?b", "single slashes"},
  };
  for (const auto& [path, why] : wrong) {
    const auto prefix = staticPrefix(path);
    ASSERT_FALSE(prefix) << path;
    EXPECT_THAT(prefix.error(), HasSubstr(std::string(why))) << path;
    EXPECT_THAT(prefix.error(), HasSubstr("static files at " + std::string(path) + ":"));
  }
}

TEST(StaticPathOf, GivesTheNamesDecodedOnce) {
  EXPECT_THAT(staticPathOf("/a/b%20c")->names, ElementsAre("a", "b c"));
  EXPECT_FALSE(staticPathOf("/a/b")->endsInSlash);
  EXPECT_TRUE(staticPathOf("/a/")->endsInSlash);
  EXPECT_THAT(staticPathOf("/a/")->names, ElementsAre("a"));
  EXPECT_TRUE(staticPathOf("/")->endsInSlash);
  EXPECT_FALSE(staticPathOf("")->endsInSlash);
  EXPECT_THAT(staticPathOf("/%C3%A9")->names, ElementsAre("\xC3\xA9"));
  EXPECT_THAT(staticPathOf("/a..b")->names, ElementsAre("a..b"));
  // Decoded twice this would be "..".
  EXPECT_THAT(staticPathOf("/%252e%252e")->names, ElementsAre("%2e%2e"));
}

TEST(StaticPathOf, RefusesWhatIsNoName) {
  for (const std::string_view path :
       {"/.."sv,        "/a/../b"sv, "/."sv,     "/.git/config"sv, "/a/.hidden"sv,     "/%2e%2e/x"sv,       "/%2E"sv,
        "//a"sv,        "/a//b"sv,   "/a//"sv,   "/a%2fb"sv,       "/..%2f..%2fetc"sv, "/a%00.txt"sv,       "/a%5cb"sv,
        "/a\\b"sv,      "/..\\x"sv,  "/%"sv,     "/%2"sv,          "/%zz"sv,           "/%c0%ae%c0%ae/x"sv, "/%c0%af"sv,
        "/%e0%80%ae"sv, "/%ff"sv,    "/a%0ab"sv, "/%7f"sv,         "/%ed%a0%80"sv})
    EXPECT_FALSE(staticPathOf(path)) << path;
}

}  // namespace
}  // namespace duramen::server
