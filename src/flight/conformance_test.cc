// What we write against what React writes, and what we take against what a browser sends (test/vectors/flight).

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "flight/encode.h"
#include "flight/reply.h"
#include "flight/testing/all_listed.h"
#include "flight/testing/jsv.h"
#include "flight/testing/vectors.h"

namespace duramen::flight::testing {
namespace {

// React's vectors name a module in the way of one bundler, our rows in the way of our own.
std::string withOurImports(const std::string& rows) {
  static const std::regex import{R"re(I\["([^"]*)",\[\],"([^"]*)",1\])re"};
  return std::regex_replace(rows, import, R"(I["$1",["$1","/assets/module.js"],"$1"])");
}

TEST(Conformance, RowsAreReacts) {
  for (const Value& vector : loadVectors("flight.json")) {
    JsvLoader loader;
    std::string rows;
    appendPage(rows, loader.node(*member(vector, "model")), AllListed{}, RowIds::byDiscovery);
    const std::string reacts = withOurImports(textOf(vector, "output"));
    if (member(vector, "differs"))
      EXPECT_NE(rows, reacts) << textOf(vector, "name");
    else
      EXPECT_EQ(rows, reacts) << textOf(vector, "name");
  }
}

TEST(Conformance, HtmlIsReacts) {
  for (const Value& vector : loadVectors("html.json")) {
    JsvLoader loader;
    const Html html = renderHtml(loader.node(*member(vector, "tree")));
    if (member(vector, "differs"))
      EXPECT_NE(html.head + html.body, textOf(vector, "html")) << textOf(vector, "name");
    else
      EXPECT_EQ(html.head + html.body, textOf(vector, "html")) << textOf(vector, "name");
  }
}

// What a description in a vector stands for.
Value described(const Value& value) {
  if (const auto* list = std::get_if<Value::List>(&value.is)) {
    Value::List items;
    for (const Value& each : *list) items.push_back(described(each));
    return {std::move(items)};
  }
  if (!std::holds_alternative<Value::Object>(value.is)) return value;
  const std::string tag = textOf(value, "$");
  if (tag == "undef") return {Undefined{}};
  if (tag == "bigint") return {std::int64_t{std::stoll(textOf(value, "v"))}};
  if (tag == "date") return {textOf(value, "v")};
  if (tag == "num") return {std::stod(textOf(value, "v"))};
  Value::Object object;
  for (const Value& each : std::get<Value::List>(member(value, "v")->is)) {
    const auto& pair = std::get<Value::List>(each.is);
    object.push_back({std::get<std::string>(pair[0].is), described(pair[1])});
  }
  return {std::move(object)};
}

// NaN equals itself here, and -0 is not 0; the order of members does not count.
void expectSame(const Value& a, const Value& b, const std::string& where) {
  ASSERT_EQ(a.is.index(), b.is.index()) << where;
  if (const auto* number = std::get_if<double>(&a.is)) {
    const double other = std::get<double>(b.is);
    EXPECT_TRUE((std::isnan(*number) && std::isnan(other)) || *number == other) << where;
    EXPECT_EQ(std::signbit(*number), std::signbit(other)) << where;
  } else if (const auto* list = std::get_if<Value::List>(&a.is)) {
    const auto& others = std::get<Value::List>(b.is);
    ASSERT_EQ(list->size(), others.size()) << where;
    for (std::size_t i = 0; i < list->size(); ++i) expectSame((*list)[i], others[i], where);
  } else if (const auto* object = std::get_if<Value::Object>(&a.is)) {
    const auto& others = std::get<Value::Object>(b.is);
    ASSERT_EQ(object->size(), others.size()) << where;
    for (const ValueField& field : *object) {
      const Value* const other = duramen::detail::findField(others, field.name);
      ASSERT_TRUE(other) << where << " " << field.name;
      expectSame(field.value, *other, where);
    }
  } else {
    EXPECT_EQ(a, b) << where;
  }
}

TEST(Conformance, ArgumentsMeanWhatTheBrowserMeant) {
  for (const Value& vector : loadVectors("reply.json")) {
    const auto arguments = decodeArguments(textOf(vector, "body"));
    ASSERT_TRUE(arguments) << textOf(vector, "name") << ": " << describe(arguments.error());
    expectSame(Value{*arguments}, described(*member(vector, "decoded")), textOf(vector, "name"));
  }
}

TEST(Conformance, HostileArgumentsAreRefused) {
  for (const Value& vector : loadVectors("hostile.json"))
    EXPECT_EQ(decodeArguments(textOf(vector, "body")).has_value(), textOf(vector, "verdict") == "accept")
        << textOf(vector, "name");
}

}  // namespace
}  // namespace duramen::flight::testing
