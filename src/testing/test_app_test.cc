// What a test has given up on still goes on in its app: nothing of it may reach into the call that gave it up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coroutine>
#include <optional>
#include <string>
#include <vector>

#include "duramen.h"
#include "duramen/testing.h"

namespace duramen {
namespace {

using testing::HasSubstr, testing::ThrowsMessage;

// What a test holds back, and lets go.
struct Gate {
  bool open = true;
  std::vector<std::coroutine_handle<>> waiting;
  void release() {
    open = true;
    for (const auto handle : std::exchange(waiting, {})) handle.resume();
  }
  bool await_ready() const { return open; }
  void await_suspend(std::coroutine_handle<> handle) { waiting.push_back(handle); }
  void await_resume() const {}
};

struct Gates {
  Gate pages, joins;
  int joined = 0;
};

struct Env {
  Gates& gates;
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
struct Session {};
using Context = duramen::Context<Env, Session>;

Session sessionOf(const SessionRequest&, Env&) { return {}; }

Task<Verdict> mayJoin(const Session&, std::string_view, Env& env) {
  co_await env.gates.joins;
  ++env.gates.joined;
  co_return Verdict::allow();
}

Task<Node> page(Context& ctx) {
  co_await ctx.env.gates.pages;
  co_return html::main("the page");
}
Node document(Node page) { return html::html(html::body(std::move(page))); }
constexpr Path<"/"> pagePath;

App<Context> gatedApp() {
  return defineApp<Context>(session(sessionOf), realtimeRoute(&Env::realtime, mayJoin),
                            render(document, route(pagePath, page)));
}

class TestAppTest : public testing::Test {
 protected:
  Gates gates;
  Env env{.gates = gates};
  std::optional<TestApp> app{std::in_place, gatedApp(), env};
};

Task<std::string> afterGate(Gate& gate, std::string text) {
  co_await gate;
  co_return text;
}
Task<void> failsAfterGate(Gate& gate) {
  co_await gate;
  throw std::runtime_error("too late to be heard");
}

TEST_F(TestAppTest, RunGivesWhatTheTaskReturnsAndThrowsWhatItThrows) {
  EXPECT_EQ(app->run(afterGate(gates.pages, "done")), "done");
  EXPECT_THAT([&] { app->run(failsAfterGate(gates.pages)); },
              ThrowsMessage<std::runtime_error>("too late to be heard"));
}

TEST_F(TestAppTest, ATaskThatStillWaitsEndsLaterByItself) {
  gates.pages.open = false;
  const auto stillWaits = ThrowsMessage<std::runtime_error>("the task still waits");
  EXPECT_THAT([&] { app->run(afterGate(gates.pages, std::string(100, 'x'))); }, stillWaits);
  EXPECT_THAT([&] { app->run(failsAfterGate(gates.pages)); }, stillWaits);
  gates.pages.release();
  app->settle();
  EXPECT_EQ(app->run(afterGate(gates.pages, "next")), "next");
}

TEST_F(TestAppTest, ATaskThatStillWaitsGoesWithItsApp) {
  gates.pages.open = false;
  EXPECT_THROW(app->run(afterGate(gates.pages, "never")), std::runtime_error);
  app.reset();
}

TEST_F(TestAppTest, APageThatStillWaitsIsAnsweredToNobody) {
  gates.pages.open = false;
  EXPECT_THAT([&] { app->get(pagePath()); }, ThrowsMessage<std::runtime_error>("the page still waits"));
  gates.pages.release();
  app->settle();
  EXPECT_THAT(app->get(pagePath()).body, HasSubstr("the page"));
}

TEST_F(TestAppTest, ADecisionThatComesAfterTheReaderHasGoneLetsNobodyIn) {
  gates.joins.open = false;
  EXPECT_THAT([&] { app->open(pagePath()); },
              ThrowsMessage<std::runtime_error>("the socket was refused: no decision was taken"));
  gates.joins.release();
  app->settle();
  EXPECT_EQ(gates.joined, 1);
  const std::size_t renders = app->renders();
  renderRealtimeClients(env.realtime, pagePath());
  app->settle();
  EXPECT_EQ(app->renders(), renders) << "nobody looks at the page";
}

TEST_F(TestAppTest, AReaderMayOutliveItsApp) {
  TestReader reader = app->open(pagePath());
  app.reset();
  EXPECT_EQ(reader.text(), "the page");
  EXPECT_THROW(reader.navigate(pagePath()), std::runtime_error);
  EXPECT_THROW(reader.reconnect(), std::runtime_error);
  reader.disconnect();
}

TEST_F(TestAppTest, AReaderThatConnectsAgainLeavesItsFirstSocket) {
  std::optional<TestReader> reader = app->open(pagePath());
  reader->reconnect();
  EXPECT_EQ(app->run(env.realtime.at(pagePath()).call<&RealtimeDurableObject::readers>()), 1);
  reader.reset();
  renderRealtimeClients(env.realtime, pagePath());
  app->settle();
  EXPECT_EQ(app->run(env.realtime.at(pagePath()).call<&RealtimeDurableObject::readers>()), 0);
}

}  // namespace
}  // namespace duramen
