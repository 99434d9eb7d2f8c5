#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/key.h"
#include "flight/encode.h"
#include "flight/testing/all_listed.h"

namespace duramen::flight {
namespace {

using ::testing::HasSubstr;

struct Context {
  using EnvType = int;
};
struct RowKey : Key<RowKey> {
  using Key::Key;
};
Task<void> removeRow(Context&, RowKey, int) { co_return; }
constexpr Action<"removeRow", removeRow> removeRowAction;

struct Button {
  static constexpr ClientModule module{"/client/Button.tsx", "Button"};
  std::string label;
  std::optional<int> count;
  ActionRef<void(int)> press;
};
struct Panel {
  static constexpr ClientModule module{"/client/Panel.tsx", "Panel"};
  std::string title;
  static Node fallback(const Panel& panel) { return html::h2(panel.title); }
};

std::string rowsOf(const Node& page) {
  std::string rows;
  appendPage(rows, page, testing::AllListed{});
  return rows;
}
// The rows apart, each without its line end; a row of text ends where its length says.
std::vector<std::string> linesOf(const std::string& rows) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t body = rows.find(':', at) + 1;
    std::size_t end = rows.find('\n', at);
    if (rows[body] == 'T') {
      const std::size_t comma = rows.find(',', body);
      end = comma + 1 + std::stoul(rows.substr(body + 1, comma - body - 1), nullptr, 16);
    }
    lines.push_back(rows.substr(at, end - at));
    at = rows[body] == 'T' ? end : end + 1;
  }
  return lines;
}

TEST(Encoder, EndsWithTheRootAsRowOne) {
  EXPECT_EQ(rowsOf(html::p.className("a").key(7)("x", 1, nullptr)),
            "1:[\"$\",\"p\",\"7\",{\"className\":\"a\",\"children\":\"x1\"}]\n");
}

// A translator wraps text nodes, and then React finds only the one text of an element again.
TEST(Encoder, JoinsTextAndNumbersWithNothingBesideThem) {
  const auto childrenOf = [](const Node& page) {
    const std::string rows = rowsOf(page);
    const std::size_t from = rows.find("\"children\":") + 11;
    return rows.substr(from, rows.rfind("}]") - from);
  };
  const std::optional<int> none;
  EXPECT_EQ(childrenOf(html::p(2, " here")), "\"2 here\"");
  EXPECT_EQ(childrenOf(html::p("a", Node{"b"}, -0.0, 1e21, none, nullptr, RowKey{"k"})), "\"ab01e+21k\"");
  EXPECT_EQ(childrenOf(html::p("$", 1)), "\"$$1\"");
  EXPECT_EQ(childrenOf(html::p(none, "a")), "\"a\"");  // as when the number is there: one text, never a list
  EXPECT_EQ(childrenOf(html::p("", "")), "\"\"");
  EXPECT_EQ(childrenOf(html::p(none, nullptr)), "[null,null]");
  EXPECT_EQ(childrenOf(html::p(2, " here", std::vector{"x"})), "[2,\" here\",[\"x\"]]");
  EXPECT_EQ(childrenOf(html::p("a", 1, html::br)), "[\"a\",1,[\"$\",\"br\",null,{}]]");
}

TEST(Encoder, PutsTheKeyFirstWhereverItWasWritten) {
  EXPECT_EQ(rowsOf(html::p.key("k").id("i")), rowsOf(html::p.id("i").key("k")));
}

TEST(Encoder, EscapesDollarsInKeysAndTextsButNotInNames) {
  EXPECT_EQ(rowsOf(html::p.key("$k").data("x", "$v")("$t")),
            "1:[\"$\",\"p\",\"$$k\",{\"data-x\":\"$$v\",\"children\":\"$$t\"}]\n");
}

TEST(Encoder, SendsAnImportOnceAndBeforeItsUse) {
  const auto press = removeRowAction.bind(RowKey{"r"});
  const auto lines = linesOf(rowsOf(
      html::div(Button{.label = "a", .count = 1, .press = press}, Button{.label = "b", .count = {}, .press = press})));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0],
              HasSubstr(":I[\"/client/Button.tsx\",[\"/client/Button.tsx\",\"/assets/module.js\"],\"Button\"]"));
  EXPECT_THAT(lines[1], HasSubstr(":[\"r\"]"));
  EXPECT_THAT(lines[2], HasSubstr(":{\"id\":\"removeRow\",\"bound\":\"$@"));
  EXPECT_THAT(lines[3], HasSubstr("{\"label\":\"b\",\"press\":\"$h"));
}

TEST(Encoder, GivesAComponentItsFallbackAsAProp) {
  EXPECT_THAT(rowsOf(Panel{.title = "T"}),
              HasSubstr("{\"title\":\"T\",\"fallback\":[\"$\",\"h2\",null,{\"children\":\"T\"}]}]"));
}

// React's development build asks for keys where the seventh member is not there.
TEST(Encoder, TellsADevelopmentBuildWhichElementsAreInNoList) {
  struct ForDevelopment final : testing::AllListed {
    bool forDevelopment() const override { return true; }
  };
  std::vector<Node> items{html::li("a"), html::li.key("b")(html::b("c"))};
  std::string rows;
  appendPage(rows, html::ul(html::li("first"), items, "text"), ForDevelopment{});
  EXPECT_EQ(rows,
            "1:[\"$\",\"ul\",null,{\"children\":["
            "[\"$\",\"li\",null,{\"children\":\"first\"},null,null,1],"
            "[[\"$\",\"li\",null,{\"children\":\"a\"}],"
            "[\"$\",\"li\",\"b\",{\"children\":[\"$\",\"b\",null,{\"children\":\"c\"},null,null,1]}]],"
            "\"text\"]},null,null,1]\n");
}

Node table(std::vector<std::string> names) {
  std::vector<Node> rows;
  for (const std::string& name : names)
    rows.push_back(
        html::tr.key(name)(html::td(std::string(2000, name[0])),
                           html::td(Button{.label = name, .count = {}, .press = removeRowAction.bind(RowKey{name})})));
  return html::table(rows);
}

TEST(Encoder, KeepsTheNumbersOfRowsWhenOneIsInsertedBeforeThem) {
  std::string before, after;
  appendPage(before, table({"b", "c", "d"}), testing::AllListed{});
  appendPage(after, table({"a", "b", "c", "d"}), testing::AllListed{});
  const auto old = linesOf(before);
  const auto fresh = linesOf(after);
  // All rows but the root's, which has the new table row.
  for (std::size_t i = 0; i + 1 < old.size(); ++i) EXPECT_TRUE(std::ranges::find(fresh, old[i]) != fresh.end()) << i;
  EXPECT_EQ(fresh.size(), old.size() + 3);  // a text, an action and its argument
}

TEST(Encoder, NumbersRowsWithinTheirRange) {
  for (const std::string& line : linesOf(rowsOf(table({"a", "b", "c"})))) {
    const auto id = std::stoul(line, nullptr, 16);
    EXPECT_LT(id, 0x10000000u);
    EXPECT_NE(id, 0u);
  }
}

TEST(Encoder, SendsLongTextAsItsOwnRowOfExactlyItsBytes) {
  const std::string text = std::string(1024, 'x') + "\n\"$é";
  const std::string rows = rowsOf(html::p(text));
  const std::size_t header = rows.find(":T");
  ASSERT_NE(header, std::string::npos);
  const std::string id = rows.substr(0, header);
  EXPECT_EQ(rows, id + ":T405," + text + "1:[\"$\",\"p\",null,{\"children\":\"$" + id + "\"}]\n");
}

// React's client drops it from the start of a row of text.
TEST(Encoder, SendsTextThatBeginsWithAByteOrderMarkInPlace) {
  const std::string text = "\ufeff" + std::string(2000, 'x');
  EXPECT_EQ(rowsOf(html::p(text)), "1:[\"$\",\"p\",null,{\"children\":\"" + text + "\"}]\n");
  EXPECT_THAT(rowsOf(html::p("x" + text)), HasSubstr(":T7d4,x\ufeffxx"));
  detail::Tape stream;
  stream.put(detail::Op::stream, detail::StreamKind::readable, std::uint32_t{3});
  for (const std::string_view chunk : {"a", "\ufeffb", "c\ufeff"}) stream.putText(chunk);
  stream.put(detail::Op::undefined);
  std::string rows;
  appendResult(rows, Node{std::move(stream)}, testing::AllListed{});
  EXPECT_EQ(rows,
            "10000001:R\n10000000:\"$10000001\"\n10000001:T1,a10000001:\"\ufeffb\"\n10000001:T4,c\ufeff10000001:C\n");
}

TEST(Encoder, GivesTwoTextsAtPlacesOfOneKeyTheirOwnRows) {
  const std::string text(2000, 'x');
  const std::string rows = rowsOf(html::div(html::p.key("k")(text), html::p.key("k")(text)));
  const std::string first = rows.substr(0, rows.find(':'));
  const std::size_t second = rows.find('x', 0) + 2000;
  EXPECT_NE(rows.substr(second, rows.find(':', second) - second), first);
}

TEST(Encoder, SpellsNumbersThatJsonHasNot) {
  EXPECT_EQ(rowsOf(html::p(-0.0, 1e21, 1e-7, 0.1, 1e20, std::numeric_limits<double>::quiet_NaN(), html::br)),
            "1:[\"$\",\"p\",null,{\"children\":[\"$-0\",1e+21,1e-7,0.1,100000000000000000000,\"$NaN\","
            "[\"$\",\"br\",null,{}]]}]\n");
}

TEST(Encoder, NamesTheModuleThatIsInNoBundle) {
  struct None : testing::AllListed {
    std::optional<std::string_view> moduleUrl(std::string_view) const override { return std::nullopt; }
  };
  std::string rows = "before";
  try {
    appendPage(rows, Panel{.title = ""}, None{});
    FAIL();
  } catch (const EncodeError& error) {
    EXPECT_THAT(error.what(), HasSubstr("Panel of /client/Panel.tsx is in no bundle"));
  }
  EXPECT_EQ(rows, "before");
}

TEST(Encoder, NamesTheActionThatTheAppDoesNotList) {
  struct None : testing::AllListed {
    bool hasAction(std::string_view) const override { return false; }
  };
  std::string rows;
  try {
    appendPage(rows, Button{.label = "", .count = {}, .press = removeRowAction.bind(RowKey{""})}, None{});
    FAIL();
  } catch (const EncodeError& error) {
    EXPECT_THAT(error.what(), HasSubstr("action removeRow"));
  }
}

TEST(Encoder, SaysWhereTextIsNotUtf8) {
  for (const std::string& text : {std::string("\xff"), std::string(3000, '\xff')}) {
    try {
      rowsOf(html::div(html::p("a"), html::p.key("k").title(text)));
      FAIL();
    } catch (const EncodeError& error) {
      EXPECT_STREQ(error.what(), "text is not UTF-8: page.k.title");
    }
  }
}

TEST(Encoder, RefusesAPageThatIsTooDeep) {
  Node node = html::p("x");
  for (int i = 0; i < 600; ++i) node = html::div(node);
  EXPECT_THROW(rowsOf(node), EncodeError);
  EXPECT_THROW(renderHtml(node), EncodeError);
}

TEST(Encoder, RefusesAHoleInAPage) { EXPECT_THROW(rowsOf(html::div(Node::hole())), EncodeError); }

TEST(Result, NumbersItsRowsFromItsRoot) {
  detail::Tape tape;
  detail::appendValue(tape, std::string(1500, 'x'));
  std::string rows;
  appendResult(rows, Node{std::move(tape)}, testing::AllListed{});
  EXPECT_EQ(rows, "10000001:T5dc," + std::string(1500, 'x') + "10000000:\"$10000001\"\n");
}

TEST(Result, OfAFailureIsAnErrorThatBothBuildsOfReactRead) {
  std::string rows;
  appendFailedResult(rows, "$a\"b");
  EXPECT_EQ(rows, "10000000:E{\"digest\":\"$a\\\"b\",\"stack\":[],\"env\":\"\"}\n");
}

// A reader of rows that shares nothing with the encoder: lengths are exact, and nothing is named before it is there.
TEST(Encoder, WritesRowsThatAnIndependentReaderTakesApart) {
  const std::string rows = rowsOf(table({"a", "b", "c", "d", "e"}));
  std::set<std::string> known;
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t colon = rows.find(':', at);
    const std::string id = rows.substr(at, colon - at);
    EXPECT_TRUE(known.insert(id).second) << id;
    at = colon + 1;
    if (rows[at] == 'T') {
      const std::size_t comma = rows.find(',', at);
      at = comma + 1 + std::stoul(rows.substr(at + 1, comma - at - 1), nullptr, 16);
      continue;
    }
    const std::size_t end = rows.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    for (std::size_t quote = rows.find("\"$", at); quote < end; quote = rows.find("\"$", quote + 1)) {
      std::size_t from = quote + 2;
      if (rows[from] == 'h' || rows[from] == 'L' || rows[from] == '@') ++from;
      if (rows[from] == '"') continue;  // the mark of an element
      EXPECT_TRUE(known.contains(rows.substr(from, rows.find('"', from) - from))) << rows.substr(quote, 20);
    }
    at = end + 1;
  }
}

}  // namespace
}  // namespace duramen::flight
