#include "duramen/request.h"

#include <gtest/gtest.h>

namespace duramen {
namespace {

TEST(Request, FindsAHeaderInAnyCaseOfLetters) {
  Request request;
  request.headers = {{"X-One", "1"}, {"x-one", "2"}};
  EXPECT_EQ(request.header("x-ONE"), "1");
  EXPECT_EQ(request.header("x-two"), "");
}

TEST(Request, FindsACookieInEachCookieHeader) {
  Request request;
  request.headers = {{"Cookie", "pin=4711; a=b=c;  q=\"quoted\"; empty="}, {"cookie", "late=1"}};
  EXPECT_EQ(request.cookie("pin"), "4711");
  EXPECT_EQ(request.cookie("a"), "b=c");
  EXPECT_EQ(request.cookie("q"), "quoted");
  EXPECT_EQ(request.cookie("empty"), "");
  EXPECT_EQ(request.cookie("late"), "1");
  EXPECT_EQ(request.cookie("PIN"), "");
  EXPECT_EQ(request.cookie("in"), "");
}

TEST(Request, DecodesParameters) {
  Request request;
  request.query = "__rsc&key=%2Fnote%2Fn1&a+b=c+d&a%20b=2&bad=%zz%4&u=%C3%A9&e";
  EXPECT_EQ(request.parameter("key"), "/note/n1");
  EXPECT_EQ(request.parameter("a b"), "c d");
  EXPECT_EQ(request.parameter("bad"), "%zz%4");
  EXPECT_EQ(request.parameter("u"), "é");
  EXPECT_TRUE(request.hasParameter("__rsc"));
  EXPECT_TRUE(request.hasParameter("e"));
  EXPECT_FALSE(request.hasParameter("b"));
  EXPECT_EQ(request.parameter("b"), "");
}

}  // namespace
}  // namespace duramen
