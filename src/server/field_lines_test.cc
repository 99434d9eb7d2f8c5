#include "server/field_lines.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

TEST(JoinFieldLines, JoinsTheLinesOfAListWhereItsFirstOneIs) {
  Fields fields{{"Accept", "text/html"}, {"Host", "h"},    {"accept", ""},
                {"Via", "1.1 a"},        {"via", "1.1 b"}, {"ACCEPT", "text/x-component"}};
  ASSERT_TRUE(joinFieldLines(fields));
  EXPECT_EQ(fields, (Fields{{"Accept", "text/html, , text/x-component"}, {"Host", "h"}, {"Via", "1.1 a, 1.1 b"}}));
}

TEST(JoinFieldLines, LeavesFieldsThatAreThereOnce) {
  const Fields before{{"Host", "h"}, {"Cookie", "a=b"}, {"A", ""}, {"Aa", "b"}};
  Fields fields = before;
  ASSERT_TRUE(joinFieldLines(fields));
  EXPECT_EQ(fields, before);
}

TEST(JoinFieldLines, RefusesAFieldOfOneValueThatIsThereTwice) {
  for (const std::string name :
       {"Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Content-Type", "Authorization", "Cookie", "If-Range",
        "If-Modified-Since", "User-Agent", "Host", "Content-Length", "Transfer-Encoding", "Range", "Referer"}) {
    Fields fields{{"A", "1"}, {name, "x"}, {"B", "2"}, {name, "x"}};
    const auto joined = joinFieldLines(fields);
    ASSERT_FALSE(joined) << name;
    EXPECT_EQ(joined.error().status, 400);
    EXPECT_EQ(joined.error().text, "the request has more than one " + name);
  }
}

TEST(JoinFieldLines, TakesTimeThatGrowsWithTheFields) {
  Fields fields(200'000, {"a", "b"});  // by looking for each among those before it: minutes
  ASSERT_TRUE(joinFieldLines(fields));
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields.front().second.size(), 3 * 200'000U - 2);
}

}  // namespace
}  // namespace duramen::server
