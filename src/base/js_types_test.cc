#include "duramen/js_types.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <unordered_map>

#include "base/iso_date.h"
#include "base/json.h"
#include "duramen/redirect.h"
#include "duramen/value.h"

namespace duramen {
namespace {

using std::chrono::milliseconds;

TEST(Dates, AreSpelledAsJavaScriptSpellsThem) {
  // node -e 'console.log(new Date(N).toISOString())'
  const std::pair<std::int64_t, std::string> dates[] = {{0, "1970-01-01T00:00:00.000Z"},
                                                        {-1, "1969-12-31T23:59:59.999Z"},
                                                        {1764064800123, "2025-11-25T10:00:00.123Z"},
                                                        {951782400000, "2000-02-29T00:00:00.000Z"},
                                                        {8640000000000000, "+275760-09-13T00:00:00.000Z"},
                                                        {-8640000000000000, "-271821-04-20T00:00:00.000Z"},
                                                        {253402300800000, "+010000-01-01T00:00:00.000Z"},
                                                        {-62198755200000, "-000001-01-01T00:00:00.000Z"}};
  for (const auto& [number, text] : dates) {
    EXPECT_EQ(toIsoString(Date{milliseconds{number}}), text);
    EXPECT_EQ(dateFromIso(text), Date{milliseconds{number}}) << text;
  }
  for (const char* wrong : {"", "2025-02-30T00:00:00.000Z", "2025-13-01T00:00:00.000Z", "2025-01-01T24:00:00.000Z",
                            "2025-01-01", "+275760-09-13T00:00:00.001Z", "2025-01-01T00:00:00.000+01:00"})
    EXPECT_FALSE(dateFromIso(wrong)) << wrong;
}

TEST(Dates, BeyondWhatJavaScriptCanReadAreNotStored) {
  detail::Tape tape;
  detail::appendValue(tape, Date{milliseconds{8640000000000001}});
  const auto json = tapeToJson(tape);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().what, "a date is beyond the year 275760");
}

TEST(BigInts, HaveOneSpelling) {
  EXPECT_EQ(BigInt{"-007"}, BigInt{-7});
  EXPECT_EQ(BigInt{"-0"}.digits(), "0");
  EXPECT_TRUE(BigInt::fits(std::string(300, '1')));
  for (const std::string& wrong :
       {std::string(), std::string("-"), std::string("1.5"), std::string("0x1"), std::string(301, '1')})
    EXPECT_THROW(BigInt{wrong}, std::invalid_argument) << wrong;
}

struct All {
  Date when;
  std::map<std::string, int> counts;
  std::unordered_map<int, std::string> names;
  std::set<int> ids;
  std::vector<std::byte> bytes;
  BigInt big;
  friend bool operator==(const All&, const All&) = default;
};

const All all{.when = Date{milliseconds{1764064800123}},
              .counts = {{"a", 1}, {"b", 2}},
              .names = {{7, "seven"}},
              .ids = {3, 1, 2},
              .bytes = {std::byte{0}, std::byte{255}},
              .big = BigInt{"123456789012345678901234567890"}};

TEST(JsTypes, AreStoredAndReadAgain) {
  detail::Tape tape;
  detail::appendValue(tape, all);
  const auto json = tapeToJson(tape);
  ASSERT_TRUE(json) << describe(json.error());
  EXPECT_EQ(*json, R"({"when":"2025-11-25T10:00:00.123Z","counts":[["a",1],["b",2]],"names":[[7,"seven"]],)"
                   R"("ids":[1,2,3],"bytes":"AP8=","big":"123456789012345678901234567890"})");
  const auto value = parseJson(*json);
  const auto again = detail::decode<All>(&*value, "all");
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(*again, all);
}

TEST(JsTypes, SayWhatWasExpected) {
  const Value text{"text"};
  EXPECT_EQ(describe(detail::decode<Date>(&text, "when").error()), "when: expected a Date, got text");
  EXPECT_EQ(describe(detail::decode<BigInt>(&text, "n").error()), "n: expected a BigInt, got text");
  EXPECT_EQ(describe(detail::decode<FormData>(&text, "form").error()), "form: expected FormData, got text");
  EXPECT_EQ(describe(detail::decode<File>(&text, "file").error()), "file: expected a File, got text");
  EXPECT_EQ(describe(detail::decode<std::set<int>>(&text, "ids").error()), "ids: expected a Set, got text");
  const Value bytes{Boxed{Bytes{ArrayKind::int8, "x"}}};
  EXPECT_EQ(describe(detail::decode<TypedArray<double>>(&bytes, "xs").error()),
            "xs: expected Float64Array, got Int8Array");
}

TEST(JsTypes, APromiseIsWhatItResolvedTo) {
  const Value promised{PromiseValue{{Value{PromiseValue{{Value{std::int64_t{7}}}}}}}};
  EXPECT_EQ(detail::decode<int>(&promised, "n"), 7);
}

struct Order {
  std::string name;
  int amount;
  std::optional<double> price;
  bool express;
  std::vector<std::string> tags;
  std::optional<File> picture;
};

TEST(Forms, FillAStructByItsMembersNames) {
  FormData form;
  form.append("name", "Ann");
  form.append("amount", "3");
  form.append("price", "");
  form.append("express", "on");
  form.append("tags", "a");
  form.append("tags", "b");
  form.append("picture", File{});  // what a browser sends where none was chosen
  const Value value{form};
  const auto order = detail::decode<Order>(&value, "order");
  ASSERT_TRUE(order) << describe(order.error());
  EXPECT_EQ(order->name, "Ann");
  EXPECT_EQ(order->amount, 3);
  EXPECT_FALSE(order->price);
  EXPECT_TRUE(order->express);
  EXPECT_EQ(order->tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(order->picture);
}

TEST(Forms, NameTheFieldThatIsWrong) {
  FormData form;
  form.append("name", "Ann");
  form.append("amount", "many");
  const Value value{form};
  EXPECT_EQ(describe(detail::decode<Order>(&value, "order").error()), "order.amount: expected a number, got text");
}

TEST(RedirectTarget, LeadsToAPathOrAWebAddressAndNowhereElse) {
  for (const char* fine : {"/", "/login?next=%2Fa", "https://example.com/x", "http://127.0.0.1:8080/"})
    EXPECT_EQ(redirectTarget(fine), fine);
  for (const char* wrong : {"", "login", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a b",
                            "/a\r\nX: y", "data:text/html,x", "/\"><script>"})
    EXPECT_THROW(redirectTarget(wrong), std::invalid_argument) << wrong;
}

}  // namespace
}  // namespace duramen
