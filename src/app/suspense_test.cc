#include "duramen/suspense.h"

#include <gtest/gtest.h>

#include <deque>

#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/promise.h"
#include "duramen/stream.h"
#include "flight/encode.h"
#include "flight/testing/all_listed.h"

namespace duramen {
namespace {

struct Queue : Executor {
  std::deque<Work> posted;
  void post(Work work) override { posted.push_back(std::move(work)); }
  void run() {
    for (; !posted.empty(); posted.pop_front()) std::exchange(posted.front(), nullptr)();
  }
};
// Lets the tasks that wait for it go on when the test says so.
struct Gate {
  std::vector<std::coroutine_handle<>> waiting;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting.push_back(handle); }
  void await_resume() const {}
};

Task<Node> after(Gate& gate, Node node) {
  co_await gate;
  co_return node;
}
struct Button {
  static constexpr ClientModule module{"/client/Button.tsx", "Button"};
  std::string label;
};

Task<Node> failing() {
  throw std::runtime_error("no price");
  co_return nullptr;
}

struct Finishing {
  explicit Finishing(Node node) : task(run(std::move(node))) { task.start(scope); }
  Task<void> run(Node node) {
    Task<Node> whole = detail::finished(std::move(node), fault);
    result = co_await std::move(whole);
  }
  std::string rows() const {
    std::string out;
    flight::appendPage(out, *result, flight::testing::AllListed{});
    return out;
  }

  Queue executor;
  Scope scope{.executor = &executor};
  std::string fault;
  std::optional<Node> result;
  Task<void> task;
};

TEST(Suspense, WaitsForAllPartsOfAPageSideBySide) {
  Gate first, second;
  Finishing page{html::main.className("m").key("k")(
      Suspense{.fallback = html::p("...")}(after(first, html::b("one"))), html::hr,
      html::ul(std::vector<Node>{Suspense{.fallback = "..."}(after(second, html::li.key(2)("two")))}))};
  EXPECT_FALSE(page.result);
  ASSERT_EQ(second.waiting.size(), 1U);
  std::exchange(second.waiting, {})[0].resume();
  EXPECT_FALSE(page.result);
  std::exchange(first.waiting, {})[0].resume();
  ASSERT_TRUE(page.result);
  EXPECT_EQ(page.fault, "");
  EXPECT_EQ(flight::renderHtml(*page.result).body,
            R"(<main class="m"><!--$--><b>one</b><!--/$--><hr/><ul><!--$--><li>two</li><!--/$--></ul></main>)");
  EXPECT_EQ(
      page.rows(),
      R"(1:["$","main","k",{"className":"m","children":[)"
      R"(["$","$Sreact.suspense",null,{"fallback":["$","p",null,{"children":"..."}],"children":["$","b",null,{"children":"one"}]}],)"
      R"(["$","hr",null,{}],["$","ul",null,{"children":[)"
      R"(["$","$Sreact.suspense",null,{"fallback":"...","children":["$","li","2",{"children":"two"}]}]]}]]}])"
      "\n");
}

TEST(Suspense, HasPartsInsideParts) {
  Gate outer, inner;
  Finishing page{
      Suspense{.fallback = "1"}(after(outer, html::p(Suspense{.fallback = "2"}(after(inner, html::i("x"))))))};
  std::exchange(outer.waiting, {})[0].resume();
  EXPECT_FALSE(page.result);
  std::exchange(inner.waiting, {})[0].resume();
  ASSERT_TRUE(page.result);
  EXPECT_EQ(flight::renderHtml(*page.result).body, "<!--$--><p><!--$--><i>x</i><!--/$--></p><!--/$-->");
}

TEST(Suspense, ShowsTheFallbackOfAPartThatThrows) {
  Finishing page{html::main("a", Suspense{.fallback = html::p("no price")}(failing()), "b")};
  ASSERT_TRUE(page.result);
  EXPECT_EQ(page.fault, "a part of the page: no price");
  EXPECT_EQ(flight::renderHtml(*page.result).body, "<main>a<!--$--><p>no price</p><!--/$-->b</main>");
}

TEST(Suspense, MayStandInAPageTwice) {
  Gate gate;
  const Node price = Suspense{.fallback = "..."}(after(gate, "7"));
  Finishing page{html::main(price, html::hr, price)};
  ASSERT_EQ(gate.waiting.size(), 1U);
  std::exchange(gate.waiting, {})[0].resume();
  ASSERT_TRUE(page.result);
  EXPECT_EQ(flight::renderHtml(*page.result).body, "<main><!--$-->7<!--/$--><hr/><!--$-->7<!--/$--></main>");
}

// Shows a page as it becomes ready: what was written at each step.
struct Streaming {
  // `takesLater`: what has come is taken by takeAll.
  explicit Streaming(Node node, bool later = false) : takesLater(later), task(run(std::move(node))) {
    task.start(scope);
  }
  Task<void> run(Node node) {
    const detail::Showing showing{.page =
                                      [&](Node page) {
                                        html = flight::renderHtml(page).body;
                                        rows.page(steps.emplace_back(), page);
                                        shell = std::move(page);
                                      },
                                  .part =
                                      [&](const detail::PartPtr& part) {
                                        parts.push_back(part);
                                        if (!takesLater) take(*part);
                                      }};
    Task<void> all = detail::shown(std::move(node), showing, fault);
    co_await std::move(all);
    ended = true;
  }

  void take(detail::Part& part) { refusal += rows.part(steps.emplace_back(), part); }
  void takeAll() {
    for (const detail::PartPtr& part : std::exchange(parts, {})) take(*part);
  }

  const bool takesLater;
  Queue executor;
  Scope scope{.executor = &executor};
  flight::testing::AllListed references;
  flight::PageRows rows{references};
  std::vector<std::string> steps;
  std::string html, fault, refusal;
  std::optional<Node> shell;  // owns the parts that it names
  std::vector<detail::PartPtr> parts;
  bool ended = false;
  Task<void> task;
};

// The number that a row names, "$L1a".
std::string named(const std::string& rows, std::string_view prefix) {
  std::size_t at = rows.find(prefix);
  if (at == std::string::npos) return "not there";
  at += prefix.size();
  return rows.substr(at, rows.find('"', at) - at);
}

TEST(StreamedSuspense, ShowsThePageFirstAndEachPartWhenItIsReady) {
  Gate first, second, never;
  Streaming page{html::main(Suspense{.fallback = html::p("1...")}(after(first, html::b("one"))), html::hr,
                            Suspense{.fallback = "2..."}(after(second, "two")),
                            Suspense{.fallback = "3..."}(Task<Node>{[]() -> Task<Node> { co_return "three"; }()}))};
  EXPECT_EQ(page.html, R"(<main><!--$!--><template data-dgst=""></template><p>1...</p><!--/$--><hr/>)"
                       R"(<!--$!--><template data-dgst=""></template>2...<!--/$--><!--$-->three<!--/$--></main>)");
  ASSERT_EQ(page.steps.size(), 1U);
  const std::string one = named(page.steps[0], R"("fallback":["$","p",null,{"children":"1..."}],"children":"$L)");
  const std::string two = named(page.steps[0], R"("fallback":"2...","children":"$L)");
  EXPECT_TRUE(page.steps[0].contains(R"("fallback":"3...","children":"three"})")) << page.steps[0];
  second.waiting[0].resume();
  ASSERT_EQ(page.steps.size(), 2U);
  EXPECT_EQ(page.steps[1], two + ":\"two\"\n");
  EXPECT_FALSE(page.ended);
  first.waiting[0].resume();
  EXPECT_EQ(page.steps.at(2), one + R"(:["$","b",null,{"children":"one"}])"
                                    "\n");
  EXPECT_TRUE(page.ended);
  EXPECT_EQ(page.fault + page.refusal, "");
}

TEST(StreamedSuspense, NamesPartsInParts) {
  Gate outer, inner;
  Streaming page{
      Suspense{.fallback = "1"}(after(outer, html::p(Suspense{.fallback = "2"}(after(inner, html::i("x"))))))};
  outer.waiting[0].resume();
  ASSERT_EQ(page.steps.size(), 2U);
  const std::string nested = named(page.steps[1], R"("fallback":"2","children":"$L)");
  inner.waiting[0].resume();
  EXPECT_EQ(page.steps.at(2), nested + R"(:["$","i",null,{"children":"x"}])"
                                       "\n");
  EXPECT_TRUE(page.ended);
}

TEST(StreamedSuspense, SendsAnImportOnce) {
  Gate gate;
  Streaming page{html::main(Button{.label = "a"}, Suspense{.fallback = "..."}(after(gate, Button{.label = "b"})))};
  gate.waiting[0].resume();
  EXPECT_TRUE(page.steps.at(0).contains(":I[")) << page.steps[0];
  EXPECT_FALSE(page.steps.at(1).contains(":I[")) << page.steps[1];
}

TEST(StreamedSuspense, ShowsTheFallbackOfAPartThatThrowsLater) {
  Gate gate;
  const auto failingLater = [](Gate& at) -> Task<Node> {
    co_await at;
    throw std::runtime_error("no price");
  };
  Streaming page{Suspense{.fallback = html::p("none")}(failingLater(gate))};
  gate.waiting[0].resume();
  EXPECT_TRUE(page.steps.at(1).ends_with(R"(:["$","p",null,{"children":"none"}])"
                                         "\n"))
      << page.steps[1];
  EXPECT_EQ(page.fault, "a part of the page: no price");
}

TEST(StreamedSuspense, MakesAnErrorOfAPartThatCannotBeSentAndGoesOn) {
  Gate bad, good;
  Streaming page{html::main(Suspense{.fallback = "1"}(after(bad, html::p(Button{.label = "b"}, "not UTF-8: \xff"))),
                            Suspense{.fallback = "2"}(after(good, Button{.label = "g"})))};
  bad.waiting[0].resume();
  EXPECT_TRUE(page.steps.at(1).ends_with(R"(:E{"digest":"","stack":[],"env":""})"
                                         "\n"))
      << page.steps[1];
  EXPECT_TRUE(page.refusal.starts_with("text is not UTF-8: page[0].children")) << page.refusal;
  good.waiting[0].resume();
  // Whether the import went with the part that failed or not: it is there, once.
  EXPECT_EQ((page.steps[1] + page.steps.at(2)).find(":I["), (page.steps[1] + page.steps[2]).rfind(":I["));
  EXPECT_TRUE((page.steps[1] + page.steps[2]).contains(":I["));
}

struct Quote {
  static constexpr ClientModule module{"/client/Quote.tsx", "Quote"};
  Promise<std::string> text;
};
Task<std::string> badText() { co_return "not UTF-8: \xff"; }

// What others name is sent, though the part that named it first fails at what it promises.
TEST(StreamedSuspense, KeepsTheImportsOfAPartWhosePromiseCannotBeSent) {
  Gate bad, good;
  Streaming page{html::main(
      Suspense{.fallback = "1"}(after(bad, html::p(Button{.label = "b"}, Quote{.text = Promise{badText()}}))),
      Suspense{.fallback = "2"}(after(good, Button{.label = "g"})))};
  bad.waiting[0].resume();
  EXPECT_TRUE(page.refusal.starts_with("text is not UTF-8: ")) << page.refusal;
  good.waiting[0].resume();
  EXPECT_TRUE((page.steps.at(1) + page.steps.at(2)).contains(R"("Button"])")) << page.steps[1] << page.steps[2];
}

TEST(StreamedSuspense, MayStandInAPageTwice) {
  Gate gate;
  const Node price = Suspense{.fallback = "..."}(after(gate, "7"));
  Streaming page{html::main(price, html::hr, price)};
  gate.waiting[0].resume();
  EXPECT_EQ(std::ranges::count(page.steps.at(1), '\n'), 2) << page.steps[1];
}

// A browser waits for each place that was named, until it is told.
TEST(StreamedSuspense, FailsInEachPlaceWhereItStands) {
  Gate gate;
  const Node price = Suspense{.fallback = "..."}(after(gate, "not UTF-8: \xff"));
  Streaming page{html::main(price, html::hr, price)};
  gate.waiting[0].resume();
  EXPECT_EQ(std::ranges::count(page.steps.at(1), 'E'), 2) << page.steps[1];
  EXPECT_TRUE(page.refusal.starts_with("text is not UTF-8: ")) << page.refusal;
}

struct Chart {
  static constexpr ClientModule module{"/client/Chart.tsx", "Chart"};
  Promise<std::vector<double>> history;
};
Task<std::vector<double>> historyAfter(Gate& gate, bool fails = false) {
  co_await gate;
  if (fails) throw std::runtime_error("no history");
  co_return std::vector<double>{1, 2.5};
}

TEST(PromisedProp, ComesAfterThePageThatItBelongsTo) {
  Gate gate;
  Streaming page{html::main(Chart{.history = Promise{historyAfter(gate)}})};
  const std::string id = named(page.steps.at(0), R"("history":"$@)");
  gate.waiting[0].resume();
  EXPECT_EQ(page.steps.at(1), id + ":[1,2.5]\n");
}

TEST(PromisedProp, IsPartOfAPageThatIsSentWhole) {
  Gate gate;
  Finishing page{html::main(Chart{.history = Promise{historyAfter(gate)}})};
  gate.waiting[0].resume();
  ASSERT_TRUE(page.result);
  EXPECT_TRUE(page.rows().ends_with(named(page.rows(), R"("history":"$@)") + ":[1,2.5]\n")) << page.rows();
}

TEST(PromisedProp, IsRejectedIfItsTaskThrows) {
  Gate gate;
  Streaming page{html::main(Chart{.history = Promise{historyAfter(gate, true)}})};
  gate.waiting[0].resume();
  EXPECT_TRUE(page.steps.at(1).ends_with(R"(:E{"digest":"","stack":[],"env":""})"
                                         "\n"))
      << page.steps[1];
  EXPECT_EQ(page.fault, "a part of the page: no history");
}

struct Log {
  static constexpr ClientModule module{"/client/Log.tsx", "Log"};
  Stream<std::string> lines;
};
Stream<std::string> linesAfter(Gate& gate, bool fails = false) {
  co_yield "one";
  co_await gate;
  if (fails) throw std::runtime_error("no more");
  co_yield "two";
}
Stream<std::string> badLines() {
  co_yield "good";
  co_yield "not UTF-8: \xff";
  co_yield "never sent";
}

struct Feed {
  static constexpr ClientModule module{"/client/Feed.tsx", "Feed"};
  Stream<Node> items;
};
Stream<Node> itemsAfter(Gate& gate) {
  co_yield html::li("plain");
  co_yield Suspense{.fallback = "..."}(after(gate, html::li("awaited")));
}
// Counts what it has given.
Stream<int> counting(int& given) {
  for (given = 0; given < 100; ++given) co_yield given;
}
struct Counter {
  static constexpr ClientModule module{"/client/Counter.tsx", "Counter"};
  Stream<int> numbers;
};

TEST(StreamedProp, GivesItsValuesOneAfterAnother) {
  Gate gate;
  Streaming page{html::main(Log{.lines = linesAfter(gate)})};
  const std::string id = named(page.steps.at(0), R"("lines":"$)");
  EXPECT_TRUE(page.steps[0].contains(id + ":X\n")) << page.steps[0];
  page.executor.run();
  ASSERT_EQ(page.steps.size(), 2U);
  EXPECT_EQ(page.steps[1], id + ":T3,one");
  gate.waiting.at(0).resume();
  page.executor.run();
  EXPECT_EQ(page.steps.at(2), id + ":T3,two");
  EXPECT_EQ(page.steps.at(3), id + ":C\n");
  EXPECT_TRUE(page.ended);
  EXPECT_EQ(page.fault + page.refusal, "");
}

TEST(StreamedProp, IsPartOfAPageThatIsSentWhole) {
  Gate gate;
  Finishing page{html::main(Log{.lines = linesAfter(gate)})};
  EXPECT_FALSE(page.result);
  gate.waiting.at(0).resume();
  ASSERT_TRUE(page.result);
  const std::string id = named(page.rows(), R"("lines":"$)");
  EXPECT_TRUE(page.rows().contains(id + ":X\n")) << page.rows();
  EXPECT_TRUE(page.rows().ends_with(id + ":T3,one" + id + ":T3,two" + id + ":C\n")) << page.rows();
}

TEST(StreamedProp, GoesOnWhenWhatItGaveHasBeenTaken) {
  int given = -1;
  Streaming page{html::main(Counter{.numbers = counting(given)}), true};
  page.executor.run();
  EXPECT_EQ(given, 0);
  for (int taken = 0; taken < 100; ++taken) {
    page.takeAll();
    page.executor.run();
    EXPECT_EQ(given, taken + 1);
  }
  page.takeAll();
  EXPECT_TRUE(page.steps.back().ends_with(":C\n")) << page.steps.back();
}

TEST(StreamedProp, HasNodesWithPartsOfTheirOwn) {
  Gate gate;
  Streaming page{html::main(Feed{.items = itemsAfter(gate)})};
  page.executor.run();
  ASSERT_EQ(page.steps.size(), 2U);
  EXPECT_TRUE(page.steps[1].ends_with(R"(:["$","li",null,{"children":"plain"}])"
                                      "\n"));
  gate.waiting.at(0).resume();
  page.executor.run();
  EXPECT_TRUE(page.steps.at(2).ends_with(R"("children":["$","li",null,{"children":"awaited"}]}])"
                                         "\n"))
      << page.steps[2];
}

TEST(StreamedProp, EndsWithAnErrorIfItThrows) {
  Gate gate;
  Streaming page{html::main(Log{.lines = linesAfter(gate, true)})};
  Gate other;
  Finishing whole{html::main(Log{.lines = linesAfter(other, true)})};
  page.executor.run();
  gate.waiting.at(0).resume();
  other.waiting.at(0).resume();
  const std::string id = named(page.steps.at(0), R"("lines":"$)");
  const std::string error = R"(:E{"digest":"","stack":[],"env":""})"
                            "\n";
  EXPECT_EQ(page.steps.at(2), id + error);
  EXPECT_TRUE(whole.rows().ends_with(id + ":T3,one" + id + error)) << whole.rows();
  EXPECT_EQ(page.fault, "a part of the page: no more");
  EXPECT_EQ(whole.fault, page.fault);
}

TEST(StreamedProp, MayStandInAPageTwice) {
  Gate gate;
  const Node log = Log{.lines = linesAfter(gate)};
  Streaming page{html::main(log, html::hr, log)};
  page.executor.run();
  EXPECT_EQ(std::ranges::count(page.steps.at(1), ':'), 2) << page.steps[1];
}

TEST(StreamedProp, FailsInEachPlaceWhereItStands) {
  const Node log = Log{.lines = badLines()};
  Streaming page{html::main(log, html::hr, log)};
  page.executor.run();
  EXPECT_EQ(std::ranges::count(page.steps.at(2), 'E'), 2) << page.steps[2];
  EXPECT_TRUE(page.refusal.starts_with("text is not UTF-8: ")) << page.refusal;
  EXPECT_TRUE(page.ended);
}

TEST(StreamedProp, IsDroppedWithItsPage) {
  Gate gate;
  {
    Streaming page{html::main(Log{.lines = linesAfter(gate)}), true};
    page.executor.run();
    ASSERT_EQ(page.parts.size(), 1U);
    page.takeAll();  // the work that goes on with it is posted, and outlives the page
    Queue& executor = page.executor;
    page.task = Task<void>{nullptr};
    executor.run();
  }
  EXPECT_TRUE(gate.waiting.empty());
}

TEST(StreamedProp, EndsWithAnErrorAtWhatCannotBeSent) {
  Streaming page{html::main(Log{.lines = badLines()})};
  page.executor.run();
  const std::string id = named(page.steps.at(0), R"("lines":"$)");
  EXPECT_EQ(page.steps.at(1), id + ":T4,good");
  EXPECT_EQ(page.steps.at(2), id + R"(:E{"digest":"","stack":[],"env":""})"
                                   "\n");
  EXPECT_TRUE(page.refusal.starts_with("text is not UTF-8: ")) << page.refusal;
  for (std::size_t i = 3; i < page.steps.size(); ++i) EXPECT_EQ(page.steps[i], "");
  EXPECT_TRUE(page.ended);
}

TEST(Suspense, TakesWhatIsThereAlready) {
  EXPECT_EQ(flight::renderHtml(Suspense{.fallback = "..."}("a", html::b("b"))).body, "<!--$-->a<b>b</b><!--/$-->");
}

TEST(Suspense, ANodeWithPartsIsCopied) {
  Gate gate;
  const Node page = html::p(Suspense{.fallback = "..."}(after(gate, "late")));
  Finishing copy{Node{page}};
  std::exchange(gate.waiting, {})[0].resume();
  ASSERT_TRUE(copy.result);
  EXPECT_EQ(flight::renderHtml(*copy.result).body, "<p><!--$-->late<!--/$--></p>");
}

}  // namespace
}  // namespace duramen
