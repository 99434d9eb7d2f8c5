#include "duramen/suspense.h"

#include <gtest/gtest.h>

#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/promise.h"
#include "flight/encode.h"
#include "flight/testing/all_listed.h"

namespace duramen {
namespace {

struct Inline : Executor {
  void post(Work work) override { work(); }
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

  Inline executor;
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
  explicit Streaming(Node node) : task(run(std::move(node))) { task.start(scope); }
  Task<void> run(Node node) {
    const detail::Showing showing{.page =
                                      [&](Node page) {
                                        html = flight::renderHtml(page).body;
                                        rows.page(steps.emplace_back(), page);
                                        shell = std::move(page);
                                      },
                                  .part =
                                      [&](const detail::PartPtr& part) {
                                        refusal += rows.part(steps.emplace_back(), *part);
                                        parts.push_back(part);
                                      }};
    Task<void> all = detail::shown(std::move(node), showing, fault);
    co_await std::move(all);
    ended = true;
  }

  Inline executor;
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

TEST(StreamedSuspense, MayStandInAPageTwice) {
  Gate gate;
  const Node price = Suspense{.fallback = "..."}(after(gate, "7"));
  Streaming page{html::main(price, html::hr, price)};
  gate.waiting[0].resume();
  EXPECT_EQ(std::ranges::count(page.steps.at(1), '\n'), 2) << page.steps[1];
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
