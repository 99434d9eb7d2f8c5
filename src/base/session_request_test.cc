#include "duramen/session_request.h"

#include <gtest/gtest.h>

namespace duramen {
namespace {

Request request() {
  Request request;
  request.headers = {{"Cookie", "session=s1; theme=dark"}, {"User-Agent", "a browser"}, {"Authorization", "Bearer b"}};
  request.query = "key=%2F&lang=de";
  request.address = "192.0.2.1";
  request.scheme = "https";
  return request;
}

TEST(SessionRequest, AnswersAsTheRequestDoes) {
  const Request whole = request();
  const SessionRequest asked{whole};
  EXPECT_EQ(asked.cookie("session"), "s1");
  EXPECT_EQ(asked.cookie("none"), "");
  EXPECT_EQ(asked.header("USER-agent"), "a browser");
  EXPECT_EQ(asked.parameter("key"), "/");
  EXPECT_TRUE(asked.hasParameter("lang"));
  EXPECT_FALSE(asked.hasParameter("none"));
  EXPECT_EQ(asked.address(), "192.0.2.1");
  EXPECT_EQ(asked.scheme(), "https");
}

TEST(SessionRequest, KeepsWhatWasAskedAndNothingElse) {
  const Request whole = request();
  const SessionRequest asked{whole};
  asked.cookie("session");
  const std::string kept = asked.kept();
  EXPECT_EQ(kept.find("dark"), std::string::npos);
  EXPECT_EQ(kept.find("Bearer"), std::string::npos);
  EXPECT_LT(kept.size(), 32U);
  const SessionRequest again{kept};
  EXPECT_EQ(again.cookie("session"), "s1");
  EXPECT_TRUE(again.isComplete());
  EXPECT_EQ(again.cookie("theme"), "");
  EXPECT_FALSE(again.isComplete()) << "nobody asked for it before";
}

TEST(SessionRequest, KeepsTheSameWhateverTheOrderOfTheQuestions) {
  const Request whole = request();
  const SessionRequest one{whole}, two{whole};
  one.cookie("session");
  one.header("Authorization");
  one.address();
  two.address();
  two.header("AUTHORIZATION");
  two.cookie("session");
  two.cookie("session");
  EXPECT_EQ(one.kept(), two.kept());
  const SessionRequest again{one.kept()};
  EXPECT_EQ(again.header("authorization"), "Bearer b");
  EXPECT_EQ(again.address(), "192.0.2.1");
  EXPECT_TRUE(again.isComplete());
}

TEST(SessionRequest, AnAnswerStaysWhereItIsWhenMoreIsAsked) {
  const Request whole = request();
  const SessionRequest asked{whole};
  const std::string_view session = asked.cookie("session");
  for (const char* const name : {"a", "b", "c", "d", "e", "f", "g", "h"}) asked.header(name);
  EXPECT_EQ(session, "s1");
}

}  // namespace
}  // namespace duramen
