#include "flight/reply.h"

#include <gtest/gtest.h>

#include <charconv>

#include "flight/testing/all_listed.h"

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

Part text(std::string name, const std::string& data) {
  return {.name = std::move(name), .data = SharedBytes{data}, .isFile = false, .filename = {}, .type = {}};
}
Part file(std::string name, const std::string& data) {
  return {.name = std::move(name), .data = SharedBytes{data}, .isFile = true, .filename = "blob", .type = {}};
}
std::string hex(std::size_t number) {
  char digits[16];
  return {digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr};
}
std::string listOf(std::size_t count, const auto& item) {
  std::string list = "[";
  for (std::size_t i = 1; i <= count; ++i) ((list += i > 1 ? ",\"" : "\"") += item(i)) += '"';
  return list + "]";
}
struct Outcome {
  std::string error;
  Value value;
  std::size_t work = 0;
};
Outcome outcomeOf(const std::vector<Part>& parts, const ReplyLimits& limits = {}) {
  const testing::AllListed functions;
  Outcome outcome;
  auto value = decodeReply(parts, limits, &functions, &outcome.work);
  if (value)
    outcome.value = std::move(*value);
  else
    outcome.error = describe(value.error());
  return outcome;
}

// The parts of a list of so many tokens of a kind, each with a part of its own.
using Many = std::vector<Part> (*)(std::size_t);
template <char letter>
std::vector<Part> tokensOf(std::size_t count, const auto& partsOf) {
  std::vector<Part> parts{text("0", listOf(count, [](std::size_t i) { return std::string("$") + letter + hex(i); }))};
  for (std::size_t i = 1; i <= count; ++i) partsOf(parts, std::to_string(i));
  return parts;
}
template <char letter>
std::vector<Part> models(std::size_t count) {
  return tokensOf<letter>(count, [](auto& parts, const std::string& id) { parts.push_back(text(id, "[[1,2]]")); });
}
template <char letter>
std::vector<Part> streams(std::size_t count) {
  return tokensOf<letter>(count, [](auto& parts, const std::string& id) {
    parts.push_back(text("S" + id, "1"));
    parts.push_back(text("S" + id, "C"));
  });
}
template <char letter>
std::vector<Part> files(std::size_t count) {
  return tokensOf<letter>(count, [](auto& parts, const std::string& id) { parts.push_back(file(id, "12345678")); });
}
std::vector<Part> forms(std::size_t count) {
  return tokensOf<'K'>(count, [](auto& parts, const std::string& id) {
    parts.push_back(text("_" + id + "_a", "1"));
    parts.push_back(text("_" + id + "_b", "2"));
  });
}
std::vector<Part> emptyForms(std::size_t count) {
  return tokensOf<'K'>(count, [](auto&, const std::string&) {});
}
std::vector<Part> functions(std::size_t count) {
  return tokensOf<'h'>(
      count, [](auto& parts, const std::string& id) { parts.push_back(text(id, R"({"id":"save","bound":null})")); });
}
std::vector<Part> boundFunctions(std::size_t count) {
  std::vector<Part> parts{text("0", listOf(count, [](std::size_t) { return "$h1"; }))};
  parts.push_back(text("1", R"({"id":"save","bound":"$@2"})"));
  parts.push_back(text("2", "[1,2]"));
  return parts;
}
// References to one thing, which is item 0.
std::vector<Part> references(std::size_t count, const std::string& first) {
  return {text("0", "[\"" + first + "\"," + listOf(count, [](std::size_t) { return "$0:0"; }).substr(1))};
}
std::vector<Part> referencesToAForm(std::size_t count) {
  auto parts = references(count, "$K1");
  parts.push_back(text("_1_a", "1"));
  return parts;
}
std::vector<Part> referencesToAStream(std::size_t count) {
  auto parts = references(count, "$R1");
  parts.push_back(text("S1", std::string(10'000, ' ') + "1"));  // is read once
  parts.push_back(text("S1", "C"));
  return parts;
}
std::vector<Part> referencesToAPath(std::size_t count) {
  return {text("0", R"([{"a":[{"b":7}]},)" + listOf(count, [](std::size_t) { return "$0:0:a:0:b"; }).substr(1))};
}

TEST(DecodeReply, TakesTwiceTheWorkForTwiceTheTokensOfAnyKind) {
  const std::pair<std::string_view, Many> kinds[] = {{"$Q", models<'Q'>},
                                                     {"$W", models<'W'>},
                                                     {"$i", models<'i'>},
                                                     {"$@", models<'@'>},
                                                     {"$R", streams<'R'>},
                                                     {"$X", streams<'X'>},
                                                     {"$x", streams<'x'>},
                                                     {"$B", files<'B'>},
                                                     {"$o", files<'o'>},
                                                     {"$g", files<'g'>},
                                                     {"$K", forms},
                                                     {"$K of none", emptyForms},
                                                     {"$h", functions},
                                                     {"$h, bound", boundFunctions},
                                                     {"$K again", referencesToAForm},
                                                     {"$R again", referencesToAStream},
                                                     {"paths", referencesToAPath}};
  for (const auto& [name, make] : kinds) {
    const ReplyLimits limits{.nodes = 200'000};
    const Outcome some = outcomeOf(make(10'000), limits), twice = outcomeOf(make(20'000), limits);
    EXPECT_EQ(some.error, "") << name;
    EXPECT_EQ(twice.error, "") << name;
    EXPECT_LE(twice.work, 2 * some.work + some.work / 5) << name;
    EXPECT_LE(twice.work, 1'500'000u) << name;
  }
}

// A path whose every step follows a path, whose every step follows a path.
TEST(DecodeReply, LimitsTheStepsOfPaths) {
  const auto path = [](const std::string& step) {
    std::string all = "$0";
    for (int i = 0; i < 1000; ++i) all += step;
    return all;
  };
  const Outcome outcome =
      outcomeOf({text("0", "[\"" + path(":1") + "\",\"" + path(":2") + "\",\"" + path(":3") + "\",\"$0\"]")});
  EXPECT_NE(outcome.error, "");
  EXPECT_LE(outcome.work, 2'100'000u);
}

TEST(DecodeReply, LimitsTheSearchForTheNameOfAFunction) {
  std::string object = "{";
  for (int i = 0; i < 40'000; ++i) object += "\"f" + std::to_string(i) + "\":0,";
  const Outcome outcome =
      outcomeOf({text("0", listOf(40'000, [](std::size_t) { return "$h1"; })), text("1", object + R"("id":"save"})")});
  EXPECT_NE(outcome.error, "");
  EXPECT_LE(outcome.work, 3'000'000u);
}

TEST(DecodeReply, CountsTheNamesOfFilesThatReferencesStandFor) {
  auto parts = references(2000, "$B1");
  parts.push_back(file("1", "bytes"));
  parts.back().filename = std::string(8000, 'n');
  EXPECT_NE(outcomeOf(parts).error, "");
}

TEST(DecodeReply, TakesATypedArrayThatIsNamedTwice) {
  const Outcome outcome = outcomeOf({file("1", "\1\2"), text("0", R"([{"a":"$o1"},"$0:0:a","$0:0:a"])")});
  EXPECT_EQ(outcome.error, "");
  const auto& items = std::get<Value::List>(outcome.value.is);
  for (const Value& item : {items[1], items[2]}) {
    const auto* const bytes = valueAs<Bytes>(&item);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->data, "\1\2");
  }
}

TEST(DecodeReply, TakesFieldsWhoseNamesLookLikeParts) {
  const char* const names[] = {"_1_a", "_a", "1", "S1", "", "_", "__", "$ACTION_1:0"};
  std::vector<Part> parts{text("0", R"(["$K1","$Ka","$K10"])")};
  for (const char* id : {"_1_", "_10_", "_16_"})
    for (const char* name : names) parts.push_back(text(std::string(id) + name, id));
  const Outcome outcome = outcomeOf(parts);
  EXPECT_EQ(outcome.error, "");
  for (const auto& [i, id] : {std::pair{0U, "_1_"}, {1U, "_10_"}, {2U, "_16_"}}) {
    const auto& form = std::get<FormData>(std::get<Value::List>(outcome.value.is)[i].is);
    ASSERT_EQ(form.entries().size(), std::size(names));
    for (const char* name : names) EXPECT_EQ(form.text(name), id) << name;
  }
}

TEST(DecodeReply, TakesNoFunctionForThen) {
  const std::string action = R"({"id":"save","bound":null})";
  for (const char* body : {R"({"then":"$h1","x":1})", R"({"then":"$2","x":1})"}) {
    const Outcome outcome = outcomeOf({text("0", body), text("1", action), text("2", "\"$h1\"")});
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.value, (Value{Value::Object{{"then", {nullptr}}, {"x", {std::int64_t{1}}}}})) << body;
  }
}

TEST(DecodeReply, LimitsListsWithinListsAsReactDoes) {
  const std::string half = "\"" + std::string(500'001, 'x') + "\"";
  EXPECT_NE(outcomeOf({text("0", R"(["$1","$1"])"), text("1", half)}).error, "");
  EXPECT_NE(outcomeOf({text("0", R"([["$1"],[["$1"]]])"), text("1", half)}).error, "");
  EXPECT_EQ(outcomeOf({text("0", R"([{"a":"$1"},{"a":"$1"}])"), text("1", half)}).error, "");
  EXPECT_EQ(outcomeOf({text("0", R"([["$1"]])"), text("1", half)}).error, "");
  // Two notes of a MiB each, as they stand: no list stands for more than was sent.
  const std::string note = "\"" + std::string(1'100'000, 'x') + "\"";
  EXPECT_EQ(outcomeOf({text("0", "[" + note + "," + note + "]")}).error, "");
}

TEST(DecodeReply, NamesTheVersionsWhoseStreamsItReads) {
  const auto older = outcomeOf({text("0", R"(["$R1"])"), text("1", "1"), text("1", "C")});
  EXPECT_EQ(older.error,
            "arguments: part \"1\": is there twice, like a stream of an older version of React: streams are read as "
            "React 19.3.1, 19.2.9, 19.1.10, 19.0.9 and later send them");
  const auto empty = outcomeOf({text("0", R"(["$R1"])"), text("1", "C")});
  EXPECT_EQ(empty.error,
            "argument 1: expected a stream with an end, got one of an older version of React: streams are read as "
            "React 19.3.1, 19.2.9, 19.1.10, 19.0.9 and later send them");
  EXPECT_EQ(outcomeOf({text("0", R"(["$R1"])")}).error, "argument 1: expected a stream with an end, got one without");
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
