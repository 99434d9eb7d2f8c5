// For run.mjs, which asks React itself:
//
//   flight_dump pages     pages as rows and as HTML, one JSON object a line; NODE_ENV=development: for that build of
//   React flight_dump decode    reads one body of arguments a line, and writes each as plain JSON, or the error

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/json.h"
#include "duramen/client.h"
#include "duramen/hint.h"
#include "duramen/html.h"
#include "duramen/key.h"
#include "flight/encode.h"
#include "flight/reply.h"
#include "flight/testing/all_listed.h"

namespace duramen::flight {
namespace {

struct Context {
  using EnvType = int;
};
struct NoteKey : Key<NoteKey> {
  using Key::Key;
};
Task<void> save(Context&, NoteKey, std::string) { co_return; }
constexpr Action<"save", save> saveAction;

enum class Mood { calm, loud };
struct Point {
  double x, y;
};
// run.mjs has React components of these names.
struct Probe {
  static constexpr ClientModule module{"/client/Probe.tsx", "Probe"};
  std::string text;
  std::optional<int> count;
  Mood mood;
  std::vector<Point> points;
  ActionRef<void(std::string)> save;
};
struct Panel {
  static constexpr ClientModule module{"/client/Panel.tsx", "Panel"};
  std::string title;
  Node children;
  static Node fallback(const Panel& panel) { return html::section(html::h2("waiting: ", panel.title)); }
};

Probe probe(std::string text) {
  return {.text = std::move(text),
          .count = {},
          .mood = Mood::loud,
          .points = {{.x = 0.5, .y = -1e-7}},
          .save = saveAction.bind(NoteKey{"$k"})};
}

struct AllListed final : testing::AllListed {
  bool forDevelopment() const override {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    const char* const build = std::getenv("NODE_ENV");
    return build && std::string_view{build} == "development";
  }
};

void write(const std::string& name, const Node& page) {
  std::string rows;
  appendPage(rows, page, AllListed{});
  rows += pageEnvelope;
  const Html html = renderHtml(page);
  std::string line = "{\"name\":";
  appendJsonText(line, name);
  appendJsonText(line += ",\"rows\":", rows);
  appendJsonText(line += ",\"head\":", html.head);
  appendJsonText(line += ",\"body\":", html.body);
  std::cout << line << "}\n";
}

Node longTable() {
  std::vector<Node> rows;
  for (int i = 0; i < 200; ++i)
    rows.push_back(html::tr.key(i).data("id", i)(html::td("row ", i), html::td(i * 0.1), html::td(probe("p"))));
  return html::table(html::tbody(rows));
}

void writePages() {
  write("texts", html::main("a", "", "b", 1, 2.5, nullptr, std::vector{"x", "y"}, std::optional<Node>{}, html::b("c"),
                            "<&>\"'$", "é漢😀\n\t"));
  write("fragments at the root", Node{std::vector{Node{"a"}, Node{html::p("b")}, Node{"c"}}.front()});
  write("component without a fallback", html::p("before ", probe("$text"), " after"));
  write("component with a fallback", html::div("a", Panel{.title = "T", .children = html::i("inner")}, "b"));
  write("keyed components", html::div(keyed("a", probe("a")), keyed("b", Panel{.title = "x", .children = "y"})));
  write("long texts", html::div(html::p(std::string(5000, 'x') + "\"<\n$é"), html::pre("\n" + std::string(2000, 'y'))));
  write("table of actions", longTable());
  write("form controls",
        html::form(html::label.htmlFor("t")("Text"), html::input.id("t").name("t").type("text").defaultValue("v\"<"),
                   html::input.type("checkbox").defaultChecked(),
                   html::textarea.defaultValue("\nfirst\n  second").rows(3),
                   html::select.defaultValue("b")(html::option.value("a")("A"), html::option.value("b")("B")),
                   html::button.type("submit").disabled()("Go")));
  write("attributes",
        html::div.className("c")
            .id("i")
            .tabIndex(-1)
            .hidden(false)
            .data("x-y", 1)
            .aria("label", "l")
            .aria("busy", true)
            .style({{"color", "red"}, {"width", 3}, {"lineHeight", 1.5}, {"--own", "x"}, {"WebkitTransform", "none"}})(
                html::a.href("/x?a=1&b=2").target("_blank")("link"), html::img.src("/i.png").alt("").width(3),
                html::meter.min(0).max(2.5).value("1"), html::time.dateTime("2026")("t")));
  write("hoisted", html::main(html::title("Page"), "a", html::meta.name("description").content("d"),
                              html::link.rel("canonical").href("/x"), html::p("b")));
  write("hints", html::main(preload("/$font.woff2", "font", {.crossOrigin = "", .type = "font/woff2"}),
                            preload("/hero.webp", "image", {.fetchPriority = "high"}), preloadModule("/heavy.js"),
                            preconnect("https://cdn.test", "use-credentials"), prefetchDNS("https://dns.test"), "x"));
  write("lists", html::ul(std::vector{Node{html::li.key(1)("one")}, Node{html::li.key(2)("two")}}));
  write("raw",
        html::div(html::p.dangerouslySetInnerHTML("<b>x</b>"), html::pre("\n\nx"), html::noscript(html::p("no"))));
}

void decodeLines() {
  for (std::string body; std::getline(std::cin, body);) {
    const auto arguments = decodeArguments(body);
    if (!arguments) {
      std::cout << "error " << describe(arguments.error()) << '\n';
      continue;
    }
    detail::Tape tape;
    detail::appendValue(tape, Value{*arguments});
    const auto json = tapeToJson(tape);
    std::cout << (json ? *json : "error " + describe(json.error())) << '\n';
  }
}

}  // namespace
}  // namespace duramen::flight

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "pages")
    duramen::flight::writePages();
  else if (what == "decode")
    duramen::flight::decodeLines();
  else
    return 2;
  return 0;
}
