// What we write against what React writes, and what we take against what a browser sends (test/vectors/flight). Byte
// for byte where a case has one right answer; what means the same in other bytes is read by React itself, in
// test/react/compare.mjs.

#include <gtest/gtest.h>

#include <regex>

#include "base/base64.h"
#include "flight/encode.h"
#include "flight/testing/cases.h"
#include "flight/testing/jsv.h"
#include "flight/testing/vectors.h"

namespace duramen::flight::testing {
namespace {

// Cases that we answer in another way, each with its reason: differences.json.
const Value& differences() {
  static const Value table = [] {
    Value::List all = loadVectors("differences.json");
    return all.empty() ? Value{} : std::move(all.front());
  }();
  return table;
}
bool differs(std::string_view table, const std::string& name) {
  const Value* const names = member(differences(), table);
  return names && member(*names, name);
}
bool isRefused(std::string_view kind, const std::string& name) {
  const Value* const kinds = member(differences(), "refused");
  const Value* const names = kinds ? member(*kinds, kind) : nullptr;
  return names && member(*names, name);
}

std::string bytesOf(const Value& output) {
  return member(output, "base64") ? fromBase64(textOf(output, "base64")).value() : textOf(output, "utf8");
}
// React 19.2's rows name modules in place; all versions read them.
std::string reactsRows(const Value& vector) {
  const Value* const variants = member(vector, "outputVariants");
  const Value* const older = variants ? member(*variants, "19.2.9") : nullptr;
  return bytesOf(older ? *older : required(vector, "output"));
}
// Errors in the long form, which development builds need.
std::string withLongErrors(const std::string& rows) {
  static const std::regex error{R"re((:E\{"digest":"[^"]*")\})re"};
  return std::regex_replace(rows, error, R"($1,"stack":[],"env":""})");
}

// What React prints, but for NUL: no browser keeps it, and React does not hydrate a text of nothing else.
std::string withoutNul(std::string html) {
  for (std::size_t at = html.find('\0'); at != html.npos; at = html.find('\0', at)) html.replace(at, 1, "\ufffd");
  return html;
}

std::string answer(std::string (*of)(const Value&), const Value& vector) {
  try {
    return of(vector);
  } catch (const std::exception& refused) {
    return std::string("refused: ") + refused.what();
  }
}

TEST(Conformance, RowsAreReacts) {
  int leftOut = 0;
  for (const Value& vector : loadVectors("flight.jsonl", &leftOut)) {
    const std::string name = textOf(vector, "name");
    if (textOf(vector, "timing") != "sync") continue;
    const std::string rows = answer(flightOf, vector);
    if (differs("otherBytes", name) || isRefused("flight", name))
      EXPECT_NE(rows, withLongErrors(reactsRows(vector))) << name;
    else
      EXPECT_EQ(rows, withLongErrors(reactsRows(vector))) << name;
  }
  EXPECT_LE(leftOut, 2);
}

TEST(Conformance, HtmlIsReacts) {
  for (const Value& vector : loadVectors("html.jsonl")) {
    const std::string name = textOf(vector, "name");
    const std::string html = answer(htmlOf, vector), reacts = withoutNul(textOf(vector, "html"));
    if (differs("otherHtml", name) || isRefused("html", name))
      EXPECT_NE(html, reacts) << name;
    else
      EXPECT_EQ(html, reacts) << name;
  }
}

// What a description says with what it says is the same put in its place.
bool saysSame(const std::string& text) { return text.find(R"("$":"same")") != std::string::npos; }
std::string asJson(const Value& value) {
  detail::Tape tape;
  detail::appendValue(tape, value);
  return tapeToJson(tape).value();
}

TEST(Conformance, ArgumentsMeanWhatTheBrowserMeant) {
  for (const Value& vector : loadVectors("reply.jsonl")) {
    const std::string name = textOf(vector, "name");
    if (!member(required(vector, "encoded"), "kind")) continue;  // refused by the browser
    const std::string meant = asJson(required(vector, "decoded"));
    if (isRefused("reply", name))
      EXPECT_THROW((void)replyOf(vector), Rejected) << name;
    else if (!saysSame(meant))
      EXPECT_EQ(answer(replyOf, vector), meant) << name;
  }
}

TEST(Conformance, HostileArgumentsAreRefused) {
  for (const Value& vector : loadVectors("hostile.jsonl")) {
    const std::string name = textOf(vector, "name");
    const std::string verdict = textOf(vector, "cpp");
    if (verdict.starts_with("reject") || verdict.find("or reject") != std::string::npos)
      EXPECT_THROW((void)replyOf(vector), Rejected) << name;
    else
      EXPECT_NO_THROW((void)replyOf(vector)) << name;
    if (const Value* const decoded = member(vector, "decoded"))
      EXPECT_EQ(answer(replyOf, vector), asJson(*decoded)) << name;
  }
}

}  // namespace
}  // namespace duramen::flight::testing
