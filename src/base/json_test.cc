#include "base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace duramen {
namespace {

Value parsed(std::string_view text) {
  const auto value = parseJson(text);
  EXPECT_TRUE(value) << describe(value.error());
  return value.value_or(Value{});
}
std::string errorOf(std::string_view text, const JsonLimits& limits = {}) {
  const auto value = parseJson(text, limits);
  return value ? "none" : describe(value.error());
}

TEST(ParseJson, KeepsWholeNumbersOf64Bits) {
  EXPECT_EQ(parsed("9007199254740993"), (Value{std::int64_t{9007199254740993}}));
  EXPECT_EQ(parsed("-9223372036854775808"), (Value{std::numeric_limits<std::int64_t>::min()}));
  EXPECT_EQ(parsed("9223372036854775808"), (Value{9223372036854775808.0}));
}

TEST(ParseJson, ReadsTheNearestDouble) {
  for (const char* text :
       {"0.1", "123456.789012345", "1e-310", "1.7976931348623157e308", "9007199254740993.5", "5e-324"})
    EXPECT_EQ(parsed(text), (Value{std::strtod(text, nullptr)})) << text;
  EXPECT_EQ(parsed("1e999"), (Value{std::numeric_limits<double>::infinity()}));
  EXPECT_EQ(parsed("-1e-999"), (Value{-0.0}));
}

TEST(ParseJson, KeepsTheLastOfFieldsOfOneName) {
  EXPECT_EQ(parsed(R"({"a":1,"b":2,"a":3})"),
            (Value{Value::Object{{"a", {std::int64_t{3}}}, {"b", {std::int64_t{2}}}}}));
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"f" + std::to_string(i % 20) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  const Value value = parsed(many);
  const auto& object = std::get<Value::Object>(value.is);
  ASSERT_EQ(object.size(), 20u);
  EXPECT_EQ(object[3].name, "f3");
  EXPECT_EQ(object[3].value, (Value{std::int64_t{23}}));
}

TEST(ParseJson, RefusesWhatIsNotUtf8) {
  EXPECT_NE(errorOf("\"\xff\""), "none");
  EXPECT_NE(errorOf(R"("\ud800")"), "none");
  EXPECT_NE(errorOf("{\"\xc0\xaf\":1}"), "none");
  EXPECT_EQ(parsed(R"("\ud83d\ude00")"), (Value{std::string("\U0001F600")}));
}

TEST(ParseJson, RefusesHalfASurrogatePair) {
  for (const char* text :
       {R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"({"\udfff":1})"})
    EXPECT_NE(errorOf(text), "none") << text;
  EXPECT_EQ(parsed(R"("\uDBFF\uDFFF\u0000\u07ff\uffff")"), (Value{std::string("\U0010FFFF\0\u07ff\uffff", 10)}));
}

TEST(ParseJson, ReadsNumbersThatNoDoubleHolds) {
  const std::string zeros(400, '0');
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(parsed("1" + zeros), (Value{infinity}));
  EXPECT_EQ(parsed("-1" + zeros + ".5"), (Value{-infinity}));
  EXPECT_EQ(parsed("0." + zeros + "1"), (Value{0.0}));
  EXPECT_EQ(parsed("1" + zeros + "e-10"), (Value{infinity}));
  EXPECT_EQ(parsed("0." + zeros + "1e+10"), (Value{0.0}));
  EXPECT_EQ(parsed("1e-99999999999999999999"), (Value{0.0}));
  EXPECT_EQ(parsed("0e337"), (Value{0.0}));
  EXPECT_TRUE(std::signbit(std::get<double>(parsed("-0.0e99999999999999999999").is)));
  EXPECT_EQ(parsed("1e99999999999999999999"), (Value{infinity}));
}

TEST(ParseJson, ReadsNumbersByTheGrammar) {
  for (const char* text :
       {"01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1-1", "--1", "- 1", "NaN", "Infinity", "1_0"})
    EXPECT_NE(errorOf(text), "none") << text;
  EXPECT_EQ(parsed("-0"), (Value{std::int64_t{0}}));
  EXPECT_EQ(parsed("1E+2"), (Value{100.0}));
  EXPECT_EQ(parsed("999999999999999999"), (Value{std::int64_t{999999999999999999}}));
  EXPECT_EQ(parsed("-9223372036854775809"), (Value{-9223372036854775808.0}));
  EXPECT_EQ(parsed("100000000000000000000"), (Value{1e20}));
}

TEST(ParseJson, ReadsTextOfAnyLength) {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string text = std::string(size, 'x') + "\u00e9" + std::string(size, 'y');
    EXPECT_EQ(parsed("\"" + text + "\""), (Value{text})) << size;
    EXPECT_EQ(parsed("\"" + text + "\\n\""), (Value{text + "\n"})) << size;
    EXPECT_NE(errorOf("\"" + text + "\n\""), "none") << size;
    EXPECT_NE(errorOf("\"" + text + "\\"), "none") << size;
    EXPECT_NE(errorOf("\"" + text), "none") << size;
  }
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const char* text : {"[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\" 1}",
                           "{\"a\":}",
                           "[",
                           "{",
                           "[1",
                           "[1}",
                           "tru",
                           "truex",
                           "nul",
                           "[true false]",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "'a'",
                           "]",
                           "[]]",
                           "// x\n1",
                           "\v1",
                           "\xef\xbb\xbf"
                           "1"})
    EXPECT_NE(errorOf(text), "none") << text;
  EXPECT_EQ(parsed(" \t\r\n[ 1 , { \"a\" : null } ] \n"),
            (Value{Value::List{{std::int64_t{1}}, {Value::Object{{"a", {nullptr}}}}}}));
}

TEST(ParseJson, SaysWhereItFailed) {
  EXPECT_EQ(errorOf("[1,x]").substr(0, 7), "byte 3:");
  EXPECT_EQ(errorOf("1 2").substr(0, 7), "byte 2:");
  EXPECT_NE(errorOf(""), "none");
}

TEST(ParseJson, KeepsItsLimits) {
  EXPECT_NE(errorOf("[[[]]]", {.depth = 2}), "none");
  EXPECT_EQ(errorOf("[[]]", {.depth = 2}), "none");
  EXPECT_NE(errorOf("[1,2,3]", {.nodes = 3}).find("too many values"), std::string::npos);
  EXPECT_EQ(errorOf("[1,2,3]", {.nodes = 4}), "none");
  EXPECT_EQ(errorOf("[1,2,3]", {.bytes = 3}), "byte 3: too long");
  std::size_t nodesLeft = 5;
  EXPECT_TRUE(parseJson("[1,2]", {}, nodesLeft));
  EXPECT_EQ(nodesLeft, 2u);
  EXPECT_FALSE(parseJson("[1,2]", {}, nodesLeft));
}

std::size_t roomOf(const Value& value) {
  const auto* list = std::get_if<Value::List>(&value.is);
  if (!list) return 0;
  std::size_t room = list->capacity();
  for (const Value& item : *list) room += roomOf(item);
  return room;
}
std::size_t fieldRoomOf(const Value& value) {
  const auto* object = std::get_if<Value::Object>(&value.is);
  if (!object) return 0;
  std::size_t room = object->capacity();
  for (const ValueField& field : *object) room += fieldRoomOf(field.value);
  return room;
}

TEST(ParseJson, TakesMemoryInProportionToTheText) {
  constexpr std::size_t size = 10'000, depth = 100;
  std::string lists = "[[0", objects = R"({"a":{"f0":0)";
  for (std::size_t i = 1; i < size; ++i) {
    lists += ",0";
    objects += ",\"f" + std::to_string(i) + "\":0";
  }
  lists += ']';
  objects += '}';
  for (std::size_t i = 0; i < depth; ++i) {
    lists += ",[0";
    objects += R"(,"b":{"c":0)";
  }
  lists += std::string(depth + 1, ']');
  objects += std::string(depth + 1, '}');
  const JsonLimits deep{.depth = 2 * depth};
  EXPECT_LE(roomOf(parseJson(lists, deep).value()), 4 * (size + 2 * depth));
  EXPECT_LE(fieldRoomOf(parseJson(objects, deep).value()), 4 * (size + 2 * depth));
}

struct Leg {
  double speed;
  std::optional<std::string> note;
};
struct Order {
  std::string name;
  std::vector<Leg> legs;
  std::int64_t id;
};

template <class T>
std::expected<std::string, JsonError> jsonOf(const T& value) {
  detail::Tape tape;
  detail::appendValue(tape, value);
  return tapeToJson(tape);
}

TEST(TapeToJson, WritesWhatParseJsonReads) {
  const Order order{
      .name = "a\"\n\x01é", .legs = {{.speed = 0.1, .note = {}}, {.speed = 2, .note = "x"}}, .id = 9007199254740993};
  const auto json = jsonOf(order);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json,
            "{\"name\":\"a\\\"\\n\\u0001é\",\"legs\":[{\"speed\":0.1},{\"speed\":2,\"note\":\"x\"}],"
            "\"id\":9007199254740993}");
  const Value value = parsed(*json);
  const auto back = detail::decode<Order>(&value, "order");
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(back->name, order.name);
  EXPECT_EQ(back->legs[1].note, "x");
  EXPECT_EQ(back->id, order.id);
}

TEST(TapeToJson, KeepsTheSignOfZero) { EXPECT_EQ(parsed(*jsonOf(-0.0)), (Value{-0.0})); }

TEST(TapeToJson, RefusesWhatJsonHasNot) {
  EXPECT_FALSE(jsonOf(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(jsonOf(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(jsonOf(std::string("\xff")));
  EXPECT_FALSE(tapeToJson(Node::hole().tape()));
}

TEST(TapeToJson, WritesNullForWhatIsNotThereInAList) {
  EXPECT_EQ(jsonOf(std::vector<std::optional<int>>{1, std::nullopt}), "[1,null]");
}

}  // namespace
}  // namespace duramen
