#include "duramen/suspense.h"

#include <gtest/gtest.h>

#include "duramen/html.h"
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
  EXPECT_EQ(flight::renderHtml(*page.result).body,
            R"(<main>a<!--$!--><template data-dgst=""></template><p>no price</p><!--/$-->b</main>)");
  EXPECT_NE(page.rows().find(R"(:E{"digest":"","stack":[],"env":""})"), std::string::npos);
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
