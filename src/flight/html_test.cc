#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duramen/client.h"
#include "duramen/html.h"
#include "flight/encode.h"

namespace duramen::flight {
namespace {

using ::testing::HasSubstr;

struct Silent {
  static constexpr ClientModule module{"/client/Silent.tsx", "Silent"};
  int n;
};
struct Loud {
  static constexpr ClientModule module{"/client/Loud.tsx", "Loud"};
  std::string text;
  static Node fallback(const Loud& loud) { return loud.text; }
};

struct Context {
  using EnvType = int;
};
Task<void> erase(Context&, std::string, FormData) { co_return; }
constexpr Action<"erase", erase> eraseAction;

std::string bodyOf(const Node& page) { return renderHtml(page).body; }

TEST(Html, PartsTextsThatStandSideBySide) {
  EXPECT_EQ(bodyOf(html::p("a", "", 1, nullptr, std::vector{"b"}, html::br, "c")), "<p>a<!-- -->1<!-- -->b<br/>c</p>");
}

TEST(Html, JoinsTextsWithNothingBesideThem) {
  EXPECT_EQ(bodyOf(html::p(2, " <here>", nullptr, 0.5)), "<p>2 &lt;here&gt;0.5</p>");
  EXPECT_EQ(bodyOf(html::pre("", "\nb")), "<pre>\n\nb</pre>");
}

TEST(Html, PrintsTheFallbackInTheComponentsPlace) {
  EXPECT_EQ(bodyOf(html::p("a", Loud{.text = "x"}, keyed("k", Silent{.n = 1}), "b")), "<p>a<!-- -->x<!-- -->b</p>");
}

// Without scripts the browser posts what stands here.
TEST(Html, AFormsActionIsInItsFields) {
  const std::string fields = R"(<input type="hidden" name="$ACTION_1:0" value="{&quot;id&quot;:&quot;erase&quot;,)"
                             R"(&quot;bound&quot;:&quot;$@1&quot;}"/><input type="hidden" name="$ACTION_1:1" )"
                             R"(value="[&quot;k&quot;]"/>)";
  const auto bound = eraseAction.bind("k");
  EXPECT_EQ(
      bodyOf(html::form.action(bound)("x")),
      R"(<form action="" encType="multipart/form-data" method="POST"><input type="hidden" name="$ACTION_REF_1"/>)" +
          fields + "x</form>");
  EXPECT_EQ(bodyOf(html::button.formAction(bound)("x")),
            R"(<button name="$ACTION_REF_1" formAction="" formEncType="multipart/form-data" formMethod="POST">)" +
                fields + "x</button>");
  EXPECT_EQ(
      bodyOf(html::input.type("submit").formAction(bound)),
      R"(<input type="submit" name="$ACTION_REF_1" formAction="" formEncType="multipart/form-data" formMethod="POST"/>)" +
          fields);
}

// A browser would drop it, and with it a text of nothing else, which React then misses.
TEST(Html, HoldsNoNul) {
  const std::string_view nul{"a\0b", 3}, alone{"\0", 1};
  EXPECT_EQ(bodyOf(html::p.title(nul).data("x", alone)(nul, html::b(alone))),
            "<p title=\"a\uFFFDb\" data-x=\"\uFFFD\">a\uFFFDb<b>\uFFFD</b></p>");
  const std::string longText = std::string(100, 'x') + '\0' + std::string(40, 'y') + '\0';
  const Html html =
      renderHtml(html::div(html::title(nul), html::textarea.defaultValue(nul), html::script(nul), html::style(nul),
                           html::input.value(nul), html::div.dangerouslySetInnerHTML(nul),
                           html::select.defaultValue(nul)(html::option(nul)), longText, html::a.href(nul)(nul)));
  EXPECT_EQ((html.head + html.body).find('\0'), std::string::npos) << html.body;
}

// A form that was posted gets back what was typed, wherever its fields have a default.
TEST(Html, APostedFormHoldsWhatWasTyped) {
  const auto bound = eraseAction.bind("k");
  // Of three forms the second one was posted; its like behind it was not.
  const auto typed = [&](std::vector<std::pair<std::string_view, std::string_view>> fields, const Node& content) {
    const PostedForm posted{.action = "erase", .bound = "[\"k\"]", .fields = std::move(fields)};
    const Node page = html::main(html::form.action(eraseAction.bind("other"))(content),
                                 html::form.action(bound)(content), html::form.action(bound)(content));
    const std::string body = renderHtml(page, nullptr, &posted).body;
    std::vector<std::string> contents;
    for (std::size_t at = body.find(":1\""); at != std::string::npos; at = body.find(":1\"", at + 1)) {
      const std::size_t start = body.find("/>", at) + 2;
      contents.push_back(body.substr(start, body.find("</form>", start) - start));
    }
    EXPECT_EQ(contents.size(), 3);
    EXPECT_EQ(contents.at(0), bodyOf(content));
    EXPECT_EQ(contents.at(2), bodyOf(content));
    return contents.at(1);
  };
  EXPECT_EQ(typed({{"n", "<A>"}}, html::input.name("n").defaultValue("x")), R"(<input name="n" value="&lt;A&gt;"/>)");
  EXPECT_EQ(typed({{"n", ""}}, html::input.name("n").defaultValue("x")), R"(<input name="n" value=""/>)");
  EXPECT_EQ(typed({}, html::input.name("n").defaultValue("x")), R"(<input name="n" value="x"/>)");
  EXPECT_EQ(typed({{"n", "1"}, {"n", "2"}}, html::p(html::input.name("n"), html::input.name("n"))),
            R"(<p><input name="n" value="1"/><input name="n" value="2"/></p>)");
  EXPECT_EQ(typed({{"n", "secret"}}, html::input.type("PassWord").name("n")), R"(<input type="PassWord" name="n"/>)");
  EXPECT_EQ(typed({{"n", "forged"}}, html::input.type("hidden").name("n").value("own")),
            R"(<input type="hidden" name="n" value="own"/>)");
  EXPECT_EQ(typed({{"n", "b"}}, html::p(html::input.type("radio").name("n").value("a").defaultChecked(),
                                        html::input.type("radio").name("n").value("b"))),
            R"(<p><input type="radio" name="n" value="a"/><input type="radio" name="n" checked="" value="b"/></p>)");
  EXPECT_EQ(typed({}, html::input.type("checkbox").name("n").defaultChecked()), R"(<input type="checkbox" name="n"/>)");
  EXPECT_EQ(typed({{"n", "\nline"}}, html::textarea.name("n").defaultValue("x")),
            "<textarea name=\"n\">\n\nline</textarea>");
  EXPECT_EQ(typed({{"n", "b"}}, html::select.name("n").defaultValue("a")(html::option("a"), html::option("b"))),
            R"(<select name="n"><option>a</option><option selected="">b</option></select>)");
  EXPECT_EQ(typed({{"n", "\xff"}}, html::input.name("n")), R"(<input name="n"/>)");
}

TEST(Html, EscapesTextAndAttributes) {
  EXPECT_EQ(bodyOf(html::p.title("<\"&'>")("<\"&'>", Node{"a long text without any, then <"})),
            "<p title=\"&lt;&quot;&amp;&#x27;&gt;\">&lt;&quot;&amp;&#x27;&gt;a long text without any, then &lt;</p>");
}

TEST(Html, AnAttributeMayBeThereOrNot) {
  const std::optional<std::string> text = "t", none;
  const std::optional<int> number = 12345;
  EXPECT_EQ(bodyOf(html::p.title(text).lang(none).id(number)("x")), "<p title=\"t\" id=\"12345\">x</p>");
  EXPECT_EQ(bodyOf(html::p.id(std::optional<double>{0.5})()), "<p id=\"0.5\"></p>");
}

TEST(Html, NamesAttributesAsHtmlDoes) {
  EXPECT_EQ(bodyOf(html::label.className("c").htmlFor("i").tabIndex(2).hidden(false).inert()),
            "<label class=\"c\" for=\"i\" tabindex=\"2\" inert=\"\"></label>");
}

TEST(Html, TakesTheLastOfAnAttributeThatWasSetTwice) {
  EXPECT_EQ(bodyOf(html::p.id("a").title("t").id("b")), "<p id=\"b\" title=\"t\"></p>");
}

TEST(Html, PrintsAriaStatesInWords) {
  EXPECT_EQ(bodyOf(html::p.aria("hidden", true).data("on", false)), "<p aria-hidden=\"true\" data-on=\"false\"></p>");
}

TEST(Html, BlocksJavaScriptUrls) {
  const std::string html = bodyOf(html::a.href(" java\nscript:alert(1)")("x"));
  EXPECT_THAT(html, HasSubstr("React has blocked a javascript: URL"));
  EXPECT_EQ(bodyOf(html::a.href("javascripts:x")("x")), "<a href=\"javascripts:x\">x</a>");
}

TEST(Html, LeavesOutAnEmptySourceButNotAnEmptyLink) {
  EXPECT_EQ(bodyOf(html::img.src("").alt("")), "<img alt=\"\"/>");
  EXPECT_EQ(bodyOf(html::a.href("")), "<a href=\"\"></a>");
}

TEST(Html, MovesWhatReactLooksForInTheHead) {
  const Html html = renderHtml(html::main(html::title("T"), "a", html::link.rel("icon").href("/i"),
                                          html::link.rel("stylesheet").href("/p.css"), html::meta.itemProp("p"), "b"));
  EXPECT_EQ(html.head, "<title>T</title><link rel=\"icon\" href=\"/i\"/>");
  EXPECT_EQ(html.body, "<main>a<!-- --><link rel=\"stylesheet\" href=\"/p.css\"/><meta itemProp=\"p\"/>b</main>");
}

TEST(Html, LoadsAStyleSheetOnce) {
  const auto sheet = html::link.rel("stylesheet").href("/a.css").precedence("p");
  EXPECT_EQ(renderHtml(html::main(sheet, sheet)).head,
            "<link rel=\"stylesheet\" href=\"/a.css\" data-precedence=\"p\"/>");
}

TEST(Html, SelectsTheOptionOfTheSelectsValue) {
  EXPECT_EQ(bodyOf(html::select.value("b")(html::option("a"), html::optgroup(html::option("b")))),
            "<select><option>a</option><optgroup><option selected=\"\">b</option></optgroup></select>");
}

TEST(Html, KeepsTheFirstLineEndOfATextArea) {
  EXPECT_EQ(bodyOf(html::textarea.defaultValue("\nx").rows(2)), "<textarea rows=\"2\">\n\nx</textarea>");
  EXPECT_EQ(bodyOf(html::pre("\na")), "<pre>\n\na</pre>");
}

TEST(Html, LetsNothingInAScriptEndIt) {
  EXPECT_EQ(bodyOf(html::script("'</SCRIPT><!--<script>'")), "<script>'</\\u0053CRIPT><!--<\\u0073cript>'</script>");
  EXPECT_EQ(bodyOf(html::style("a{}</style>")), "<style>a{}</\\73 tyle></style>");
}

TEST(Html, RefusesTextThatIsNotUtf8) {
  EXPECT_THROW(renderHtml(html::p("\xc0\xaf")), EncodeError);
  EXPECT_THROW(renderHtml(html::p.title("\xed\xa0\x80")), EncodeError);
}

TEST(Html, RefusesRawHtmlBesideChildren) {
  EXPECT_THROW(renderHtml(html::p.dangerouslySetInnerHTML("<b>x</b>")("y")), EncodeError);
  EXPECT_EQ(bodyOf(html::p.dangerouslySetInnerHTML("<b>x</b>")), "<p><b>x</b></p>");
}

Node shell(const Node& inner) {
  return html::html.lang("en")(html::head(html::meta.charSet("utf-8"), html::title("Site")), html::body(inner));
}

TEST(Document, PutsEachPartInItsPlace) {
  const Html page = renderHtml(html::main(html::meta.name("a").content("b"), "page"));
  EXPECT_EQ(
      renderDocument(shell(html::div.id("root")(Node::hole())), page, {"<x>", "<y>", ""}).text,
      "<!DOCTYPE html><html lang=\"en\"><head><meta charSet=\"utf-8\"/><title>Site</title>"
      "<meta name=\"a\" content=\"b\"/><x></head><body><div id=\"root\"><main>page</main></div><y></body></html>");
}

TEST(Document, TakesThePagesTitleBeforeItsOwn) {
  const Html page = renderHtml(html::title("Page"));
  const std::string document = renderDocument(shell(Node::hole()), page, {}).text;
  EXPECT_THAT(document, HasSubstr("<title>Page</title>"));
  EXPECT_EQ(document.find("Site"), std::string::npos);
}

TEST(Document, GetsTheHeadAndTheBodyThatItLeavesOut) {
  const Html page{.body = "PAGE", .head = "<title>T</title>"};
  const auto around = [&](const Node& document) { return renderDocument(document, page, {"<x>", "<y>", ""}).text; };
  const std::string_view whole =
      "<!DOCTYPE html><html><head><title>T</title><x></head><body><p>PAGE</p><y></body></html>";
  EXPECT_EQ(around(html::html(html::head, html::body(html::p(Node::hole())))), whole);
  EXPECT_EQ(around(html::html(html::body(html::p(Node::hole())))), whole);
  EXPECT_EQ(around(html::html(html::head, html::p(Node::hole()))), whole);
  EXPECT_EQ(around(html::html(nullptr, html::p(Node::hole()))), whole);
  EXPECT_EQ(around(html::body(html::p(Node::hole()))), whole);
  EXPECT_EQ(around(html::p(Node::hole())), whole);
  EXPECT_EQ(around(Node::hole()), "<!DOCTYPE html><html><head><title>T</title><x></head><body>PAGE<y></body></html>");
  EXPECT_EQ(around(html::html(html::link.rel("icon").href("/i"), html::body(Node::hole()))),
            "<!DOCTYPE html><html><head><link rel=\"icon\" href=\"/i\"/><title>T</title><x></head>"
            "<body>PAGE<y></body></html>");
}

TEST(Document, GivesItsOwnScriptsItsNonce) {
  const auto scripts = [](std::string_view nonce) {
    const Node document = html::html(html::head(html::script.src("/a.js"), html::script.nonce("own")("x()")),
                                     html::body(Node::hole(), html::script("y()")));
    const Html page = renderHtml(html::main(html::script("z()")));
    return renderDocument(document, page, {"", "", nonce}).text;
  };
  EXPECT_EQ(
      scripts("n1"),
      R"(<!DOCTYPE html><html><head><script src="/a.js" nonce="n1"></script><script nonce="own">x()</script></head>)"
      R"(<body><main><script>z()</script></main><script nonce="n1">y()</script></body></html>)");
  EXPECT_THAT(scripts(""), HasSubstr("<script>y()</script>"));
}

TEST(Document, ShowsItsPageOnce) {
  EXPECT_THROW(renderDocument(shell("no hole"), {}, {}), EncodeError);
  EXPECT_THROW(renderDocument(shell(html::div(Node::hole(), Node::hole())), {}, {}), EncodeError);
}

TEST(Document, HasOneHeadAndOneBody) {
  EXPECT_THROW(renderDocument(html::html(html::head, html::head, html::body(Node::hole())), {}, {}), EncodeError);
  EXPECT_THROW(renderDocument(html::html(html::body(Node::hole()), html::head), {}, {}), EncodeError);
  EXPECT_THROW(renderDocument(html::html(html::body, html::body(Node::hole())), {}, {}), EncodeError);
  EXPECT_THROW(renderDocument(html::html(html::p("x"), html::body(Node::hole())), {}, {}), EncodeError);
}

}  // namespace
}  // namespace duramen::flight
