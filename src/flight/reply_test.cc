#include "flight/reply.h"

#include <gtest/gtest.h>

namespace duramen::flight {
namespace {

std::string errorOf(std::string_view body, const ReplyLimits& limits = {}) {
  const auto arguments = decodeArguments(body, limits);
  return arguments ? "accepted" : describe(arguments.error());
}

TEST(DecodeArguments, FollowsReferencesToWhatIsShared) {
  const auto arguments = decodeArguments(R"([{"a":[{"x":1}]},"$0:0:a:0"])");
  ASSERT_TRUE(arguments) << describe(arguments.error());
  EXPECT_EQ((*arguments)[1], (Value{Value::Object{{"x", {std::int64_t{1}}}}}));
}

TEST(DecodeArguments, RefusesCycles) {
  EXPECT_NE(errorOf(R"([[1,"$0:0"]])"), "accepted");
  EXPECT_NE(errorOf(R"([{"root":"$0"}])"), "accepted");
  EXPECT_NE(errorOf(R"(["$0:1","$0:0"])"), "accepted");
}

TEST(DecodeArguments, StepsOnlyToWhatThereIs) {
  for (const char* body : {R"(["$0:1"])", R"([[1],"$0:0:length"])", R"([[1],"$0:0:00"])", R"([[1],"$0:0:-0"])",
                           R"([{"a":1},"$0:0:b"])", R"(["abc","$0:0:0"])", R"([{},"$0:0:__proto__"])"})
    EXPECT_NE(errorOf(body), "accepted") << body;
}

TEST(DecodeArguments, SaysWhatItExpectedAndWhere) {
  EXPECT_EQ(errorOf(R"([1,{"target":["$Dnever"]}])"),
            "argument 2.target[0]: expected a date as toISOString writes it, got \"$Dnever\"");
  EXPECT_EQ(errorOf(R"([{"f":"$B1"}])"), "argument 1.f: expected part 1 as a file, got none");
  EXPECT_EQ(errorOf(R"(["$h1"])"), "argument 1: expected a value, got a function of the server");
}

TEST(DecodeArguments, TakesListsOnly) {
  EXPECT_EQ(errorOf(R"({"a":1})"), "arguments: expected a list");
  EXPECT_NE(errorOf(""), "accepted");
  EXPECT_NE(errorOf("[1"), "accepted");
  EXPECT_NE(errorOf("[1]x"), "accepted");
  EXPECT_NE(errorOf("[\"\xff\"]"), "accepted");
}

TEST(DecodeArguments, LimitsDepth) {
  EXPECT_EQ(errorOf(std::string(120, '[') + std::string(120, ']')), "accepted");
  EXPECT_NE(errorOf(std::string(140, '[') + std::string(140, ']')), "accepted");
}

// Each line doubles what the one before stands for.
TEST(DecodeArguments, CountsWhatReferencesStandFor) {
  std::string body = R"([["a","b"])";
  for (int i = 0; i < 30; ++i) {
    const std::string last = "\"$0:" + std::to_string(i) + "\"";
    (((body += ",[") += last) += ",") += last;
    body += "]";
  }
  EXPECT_NE(errorOf(body + "]"), "accepted");
}

TEST(DecodeArguments, CountsTextThatReferencesStandFor) {
  std::string body = "[[\"" + std::string(1000, 'x') + "\"]";
  for (int i = 0; i < 20; ++i) body += ",\"$0:0\"";
  body += "]";
  EXPECT_EQ(errorOf(body, {.textBytes = 30'000}), "accepted");
  EXPECT_NE(errorOf(body, {.textBytes = 10'000}), "accepted");
}

// Looking for a field in a large object, again and again, must not cost the square of what was sent.
TEST(DecodeArguments, LimitsTheSearchForFields) {
  std::string body = "[{";
  for (int i = 0; i < 20'000; ++i) body += "\"f" + std::to_string(i) + "\":0,";
  body += "\"z\":0}";
  for (int i = 0; i < 20'000; ++i) body += ",\"$0:0:z\"";
  EXPECT_NE(errorOf(body + "]"), "accepted");
}

TEST(DecodeArguments, DropsProto) {
  const auto arguments = decodeArguments(R"([{"__proto__":{"a":1},"b":"$undefined","c":2}])");
  ASSERT_TRUE(arguments);
  EXPECT_EQ((*arguments)[0], (Value{Value::Object{{"c", {std::int64_t{2}}}}}));
}

TEST(DecodeArguments, KeepsBigIntsExactly) {
  const auto arguments = decodeArguments(R"(["$n9007199254740993","$n-9223372036854775808"])");
  ASSERT_TRUE(arguments);
  const auto whole = detail::decodeArguments<std::int64_t, std::int64_t>(*arguments, "count");
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, (std::tuple{std::int64_t{9007199254740993}, std::numeric_limits<std::int64_t>::min()}));
  const auto larger = decodeArguments(R"(["$n9223372036854775808"])");
  ASSERT_TRUE(larger);
  EXPECT_EQ((*larger)[0], (Value{BigInt{"9223372036854775808"}}));
  EXPECT_EQ(describe(detail::decodeArguments<std::int64_t>(*larger, "count").error()),
            "count, argument 1: expected a whole number of 64 bits, got a larger BigInt");
  EXPECT_NE(errorOf(R"(["$n"])"), "accepted");
  EXPECT_NE(errorOf(R"(["$n0x1"])"), "accepted");
}

}  // namespace
}  // namespace duramen::flight
