// R9 for as long as a client is connected: who it is, and whether it may be there, is asked again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "board.h"

namespace duramen::board {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;
using testing::HasSubstr, testing::Not, testing::ThrowsMessage;

class Authority : public testing::Test {
 protected:
  Authority() { control.sessions.store = {{"t1", {Role::admin, "Ann"}}, {"t2", {Role::guest, "Bob"}}}; }
  TestReader open(const std::string& link, TestClient client = {}) { return app.open(link, std::move(client)); }
  TestReader hello(const std::string& token = "t1", std::string key = {}) {
    return open(helloPath(), signedIn(token, std::move(key)));
  }
  // What everybody on the page sees next.
  void news(std::string text) {
    app.run(env.boards.at("hello").call<&Board::write>(std::move(text)));
    renderRealtimeClients(env.realtime, helloPath());
    app.settle();
  }
  void logOut(const std::string& token) { control.sessions.store.erase(token); }

  Control control;
  Env env{.control = control};
  TestApp app{boardApp(), env};
};

TEST_F(Authority, R9ALogoutElsewhereReachesAnOpenPage) {
  TestReader ann = hello(), admin = open(adminPath(), signedIn("t1")), bob = hello("t2");
  EXPECT_EQ(ann.text(), "Hello, Ann: empty");
  logOut("t1");
  app.advance(seconds{10});
  EXPECT_EQ(ann.text(), "Hello, nobody: empty");
  EXPECT_EQ(admin.status(), 403);
  EXPECT_THAT(admin.text(), Not(HasSubstr("keys")));
  EXPECT_EQ(ann.joins(), 2U) << "its browser came again, once";
  EXPECT_EQ(bob.joins(), 1U);
  EXPECT_EQ(bob.text(), "Hello, Bob: empty");
  app.advance(seconds{60});
  EXPECT_EQ(ann.joins(), 2U);
  news("later");
  EXPECT_EQ(ann.text(), "Hello, nobody: later");
}

TEST_F(Authority, R9TheBrowserComesAgainWithItsPresentCookies) {
  TestReader ann = hello();
  control.sessions.store = {{"t3", {Role::admin, "Ann"}}};  // its token was changed for another
  ann.setHeaders(signedIn("t3").headers);
  app.advance(seconds{10});
  EXPECT_EQ(ann.joins(), 2U);
  EXPECT_EQ(ann.text(), "Hello, Ann: empty");
}

TEST_F(Authority, R9AnActionIsThatOfWhoItsCallerIsNow) {
  TestReader ann = open(rolesPath(), signedIn("t1"));
  EXPECT_EQ(ann.text(), "for admins: empty");
  control.sessions.store["t1"].role = Role::guest;
  EXPECT_THAT([&] { ann.call(ann.find<Controls>().wipe); },
              ThrowsMessage<TestCallFailed>(HasSubstr("wipe: refused: admins only")));
  EXPECT_EQ(ann.text(), "for guests: empty");
  EXPECT_EQ(ann.joins(), 1U) << "it is logged in, as somebody else";
}

TEST_F(Authority, R9NoActionOfASessionThatHasEndedRuns) {
  TestReader ann = hello();
  const auto write = ann.find<Controls>().write;
  logOut("t1");
  EXPECT_THAT([&] { ann.call(write, "by a ghost"); },
              ThrowsMessage<TestCallFailed>("write: it was not run, since the session has ended"));
  EXPECT_EQ(control.actionsRun, 0);
  EXPECT_EQ(ann.text(), "Hello, nobody: empty");
  EXPECT_EQ(ann.joins(), 2U);
}

TEST_F(Authority, R9AnActionThatWaitsForTheAnswerIsRefusedIfThatSaysSo) {
  TestReader ann = hello();
  const auto write = ann.find<Controls>().write;
  control.sessions.gate.open = false;
  const auto first = ann.begin(write, "one");  // its run has seen the session
  logOut("t1");
  const auto second = ann.begin(write, "two");  // behind the first
  EXPECT_EQ(control.actionsRun, 0);
  control.sessions.gate.release();
  app.settle();
  EXPECT_EQ(control.actionsRun, 1) << "only the one that was asked for before the logout";
  EXPECT_TRUE(ann.finished(first));
  EXPECT_TRUE(ann.finished(second));
  EXPECT_EQ(ann.text(), "Hello, nobody: one");
}

TEST_F(Authority, R9AClientWhoseAnswerIsDueGetsNoPageAndHoldsUpNobody) {
  TestReader ann = hello(), stranger = open(helloPath());
  control.sessions.gate.open = false;
  app.advance(seconds{10});
  const std::size_t pages = ann.pages();
  news("one");
  EXPECT_EQ(stranger.text(), "Hello, nobody: one");
  EXPECT_EQ(ann.pages(), pages);
  control.sessions.gate.release();
  app.settle();
  EXPECT_EQ(ann.text(), "Hello, Ann: one");
  EXPECT_EQ(ann.pages(), pages + 1);
  news("two");
  EXPECT_EQ(ann.text(), "Hello, Ann: two");
}

TEST_F(Authority, R9NothingIsSentWhenTheAnswerIsTheSame) {
  TestReader ann = hello(), alone = open(privatePath(), signedIn("t1"));
  const std::size_t pages = ann.pages() + alone.pages(), renders = app.renders();
  app.advance(seconds{60});
  EXPECT_EQ(ann.pages() + alone.pages(), pages);
  EXPECT_EQ(app.renders(), renders);
}

TEST_F(Authority, R9ThoseWhoSentTheSameAreAskedOnce) {
  std::vector<TestReader> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(hello("t1"));
  for (int i = 0; i < 20; ++i) readers.push_back(open(rolesPath(), signedIn("t1")));
  const int runs = control.sessions.runs;
  app.advance(seconds{10});
  EXPECT_GE(control.sessions.runs - runs, 1);
  EXPECT_LE(control.sessions.runs - runs, 2) << "every 8 to 10 seconds";
}

TEST_F(Authority, R9ASessionFunctionThatFailsHoldsThePageAndRefusesActions) {
  TestReader ann = hello();
  const auto write = ann.find<Controls>().write;
  control.sessions.fails = true;
  const std::size_t renders = app.renders();
  EXPECT_THAT([&] { ann.call(write, "blind"); },
              ThrowsMessage<TestCallFailed>("write: it was not run, since the server cannot tell just now who you are; "
                                            "it tries again, and so may you"));
  EXPECT_EQ(control.actionsRun, 0);
  EXPECT_EQ(app.renders(), renders) << "what did not run changed nothing";
  news("one");
  EXPECT_EQ(ann.text(), "Hello, Ann: empty") << "the last one stays";
  EXPECT_EQ(ann.joins(), 1U);
  EXPECT_THAT(app.log(), testing::Contains(HasSubstr("the store is down")));
  const int runs = control.sessions.runs;
  app.advance(seconds{30});
  EXPECT_GE(control.sessions.runs - runs, 3);
  EXPECT_LE(control.sessions.runs - runs, 6) << "later each time";
  control.sessions.fails = false;
  app.advance(seconds{30});
  EXPECT_EQ(ann.text(), "Hello, Ann: one");
  EXPECT_EQ(ann.call(write, "two"), "two");
}

TEST_F(Authority, R9AClientOfWhichNothingIsKnownIsToldSoUntilItGetsAPage) {
  TestReader ann = hello(), twin = hello(), stranger = open(helloPath());
  const std::size_t pages = ann.pages();
  control.sessions.fails = true;
  EXPECT_FALSE(ann.retrying());
  app.advance(seconds{10});  // nobody calls anything
  EXPECT_TRUE(ann.retrying());
  EXPECT_TRUE(twin.retrying());
  EXPECT_FALSE(stranger.retrying());
  app.advance(seconds{60});
  EXPECT_TRUE(ann.retrying());
  EXPECT_EQ(ann.pages(), pages);
  control.sessions.fails = false;
  app.advance(seconds{30});
  EXPECT_FALSE(ann.retrying());
  EXPECT_EQ(ann.pages(), pages + 1) << "the page that was held, though it is the same";
  EXPECT_EQ(ann.joins(), 1U);
  control.sessions.fails = true;
  app.advance(seconds{10});
  EXPECT_TRUE(ann.retrying()) << "each time";
}

TEST_F(Authority, R9WhoeverJoinsWhileNothingIsKnownOfTheOthersIsToldSo) {
  TestReader ann = hello();
  control.sessions.fails = true;
  app.advance(seconds{10});
  control.sessions.worksFirst = 2;  // for the document and the join, not when the group asks
  TestReader twin = hello();
  EXPECT_TRUE(ann.retrying());
  EXPECT_TRUE(twin.retrying());
  EXPECT_EQ(twin.pages(), 0U);
  control.sessions.fails = false;
  TestReader third = hello();
  EXPECT_FALSE(ann.retrying()) << "it was asked again at once";
  EXPECT_FALSE(twin.retrying());
}

std::string headerOf(const TestResponse& response, std::string_view name) {
  for (const auto& [each, value] : response.headers)
    if (each == name) return value;
  return {};
}

TEST_F(Authority, R9WhileTheSessionFunctionFailsAPageIsA503ThatAsksAgain) {
  control.sessions.fails = true;
  const TestResponse page = app.get(helloPath(), signedIn("t1"));
  EXPECT_EQ(page.status, 503);
  EXPECT_THAT(page.body, HasSubstr("The server cannot tell just now who you are."));
  EXPECT_THAT(page.body, HasSubstr("<meta http-equiv=\"refresh\" content=\"5\"/>"));
  EXPECT_THAT(page.body, Not(HasSubstr("Hello")));
  EXPECT_THAT(page.body, Not(HasSubstr("<script"))) << "the client would take it for a page";
  EXPECT_EQ(headerOf(page, "Retry-After"), "5");
  EXPECT_EQ(headerOf(page, "Cache-Control"), "no-store");
  EXPECT_THAT(app.log(), testing::Contains(HasSubstr("the store is down")));

  const TestResponse rows = app.get(helloPath() + "?__rsc", signedIn("t1"));
  EXPECT_EQ(rows.status, 503);
  EXPECT_THAT(headerOf(rows, "Content-Type"), HasSubstr("text/plain"));
  EXPECT_EQ(headerOf(rows, "Retry-After"), "5");
  EXPECT_EQ(app.get(helloPath()).status, 200) << "of others";
}

TEST_F(Authority, R9WhileTheSessionFunctionFailsNoActionByPostRuns) {
  control.sessions.fails = true;
  const TestResponse refused = app.post(helloPath(), "write", R"(["hello","blind"])", signedIn("t1"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("write: it was not run, since the server cannot tell just now who you are"));
  EXPECT_EQ(headerOf(refused, "Retry-After"), "5");
  EXPECT_EQ(control.actionsRun, 0);
}

TEST_F(Authority, R9WhileTheSessionFunctionFailsASocketIsRefusedAndAPlainRequestSaysWhy) {
  control.sessions.fails = true;
  const std::string link = "/__realtime?key=" + helloPath() + "&url=" + helloPath();
  const TestResponse why = app.get(link, signedIn("t1"));
  EXPECT_EQ(why.status, 503);
  EXPECT_EQ(headerOf(why, "Duramen-Retrying"), "1");
  EXPECT_EQ(headerOf(why, "Retry-After"), "5");
  EXPECT_EQ(headerOf(why, "Duramen-Full"), "");
  control.sessions.fails = false;
  EXPECT_EQ(app.get(link, signedIn("t1")).status, 400);
  TestReader ann = hello();
  ann.disconnect();
  control.sessions.fails = true;
  EXPECT_THAT([&] { ann.reconnect(); }, ThrowsMessage<std::runtime_error>(HasSubstr("the socket was refused: 503")));
}

TEST_F(Authority, R9ASessionFunctionThatNeverAnswersCountsAsFailed) {
  TestReader ann = hello();
  const auto write = ann.find<Controls>().write;
  control.sessions.gate.open = false;
  const auto call = ann.begin(write, "one");
  app.advance(milliseconds{4900});
  EXPECT_FALSE(ann.finished(call));
  app.advance(milliseconds{200});
  EXPECT_TRUE(ann.finished(call));
  control.sessions.gate.waiting.clear();  // the run was dropped
  control.sessions.gate.release();
  app.advance(seconds{2});
  news("two");
  EXPECT_EQ(ann.text(), "Hello, Ann: two");
}

TEST_F(Authority, R9ASessionFunctionThatComesToAskMoreHasTheBrowserSendItAll) {
  auto client = signedIn("t1");
  client.headers.emplace_back("Authorization", "Bearer ann");
  TestReader ann = open(helloPath(), client);
  control.sessions.asksMore = true;
  app.advance(seconds{10});
  EXPECT_EQ(ann.joins(), 2U);
  EXPECT_EQ(ann.text(), "Hello, Ann by header: empty");
  app.advance(seconds{60});
  EXPECT_EQ(ann.joins(), 2U);
}

// Revocations.

TEST_F(Authority, R9ARevocationEndsEveryClientOfTheSessionAtOnce) {
  TestReader ann = hello(), tab = hello("t1", "another key"), bob = hello("t2");
  bob.callRaw("signOut", R"(["Ann"])");
  EXPECT_EQ(ann.text(), "Hello, nobody: empty");
  EXPECT_EQ(tab.text(), "Hello, nobody: empty");
  EXPECT_EQ(ann.joins(), 2U);
  EXPECT_EQ(tab.joins(), 2U);
  EXPECT_EQ(bob.joins(), 1U);
}

TEST_F(Authority, R9WhoeverRevokesItselfGetsItsAnswer) {
  TestReader ann = hello();
  EXPECT_NO_THROW(ann.callRaw("signOut", R"(["Ann"])"));
  EXPECT_EQ(ann.text(), "Hello, nobody: empty");
  EXPECT_EQ(ann.joins(), 2U);
}

TEST_F(Authority, R9TheProgramItselfMayRevoke) {
  TestReader ann = hello(), bob = hello("t2");
  control.sessions.store.clear();
  app.run(revoke(env.realtime, &Session::name, "Ann"));
  EXPECT_EQ(ann.text(), "Hello, nobody: empty");
  EXPECT_EQ(bob.text(), "Hello, Bob: empty");
  struct Foreign {
    int number = 0;
  };
  EXPECT_THROW(app.run(revoke(env.realtime, &Foreign::number, 1)), std::logic_error);
}

TEST_F(Authority, R9APassThatIsUnderWayShowsNothingToWhoIsRevoked) {
  TestReader ann = hello(), bob = hello("t2");
  control.pages.open = false;
  news("for members");  // both passes wait
  const std::size_t pages = ann.pages();
  logOut("t1");
  app.run(revoke(env.realtime, &Session::name, "Ann"));
  control.pages.release();
  app.settle();
  app.advance(milliseconds{100});
  EXPECT_EQ(ann.text(), "Hello, nobody: for members");
  EXPECT_EQ(ann.pages(), pages + 1) << "the page of a new client, and no other";
  EXPECT_EQ(bob.text(), "Hello, Bob: for members");
}

TEST_F(Authority, R9APassGoesOnForOthersWhenWhoItIsRenderedForLogsOut) {
  control.sessions.store["t3"] = {Role::guest, "Ann"};
  TestReader ann = hello("t1"), namesake = hello("t3");
  const auto write = ann.find<Controls>().write;
  control.pages.open = false;
  const std::size_t renders = app.renders();
  news("one");
  EXPECT_EQ(app.renders(), renders + 1) << "they share a view";
  logOut("t1");
  ann.begin(write, "by a ghost");
  control.pages.release();
  app.settle();
  app.advance(milliseconds{100});
  EXPECT_EQ(namesake.text(), "Hello, Ann: one");
  EXPECT_EQ(namesake.joins(), 1U);
  EXPECT_EQ(ann.text(), "Hello, nobody: one");
  EXPECT_EQ(ann.joins(), 2U);
}

TEST_F(Authority, R9AJoinThatIsBeingDecidedDoesNotSlipThrough) {
  TestReader ann = hello(), bob = open(rolesPath());
  ann.disconnect();
  control.sessions.gate.open = false;
  EXPECT_THROW(ann.reconnect(), std::runtime_error);  // undecided: the session function has seen Ann, and waits
  const std::size_t pages = ann.pages();
  bob.callRaw("signOut", R"(["Ann"])");
  news("for members");
  control.sessions.gate.release();
  app.settle();
  EXPECT_EQ(ann.text(), "Hello, nobody: for members");
  EXPECT_EQ(ann.pages(), pages + 1) << "the page of a new client, and no other";
}

// What a browser keeps.

TEST_F(Authority, NoCacheKeepsAPageWhoseReadsAreNotKnownYet) {
  const auto kept = [&](const std::string& link) { return headerOf(app.get(link), "Cache-Control"); };
  control.pages.open = false;
  EXPECT_EQ(kept(laterPath()), "no-store") << "a part of it may read the session when the head has gone";
  control.pages.release();
  EXPECT_EQ(kept(laterPath()), "no-store");
  EXPECT_EQ(kept(boardPath(BoardKey{"b"})), "private, no-cache");
}

// mayJoin.

TEST_F(Authority, R9WhetherAClientMayBeHereIsAskedAgainByAPassAfterAMinute) {
  TestReader ann = hello("t1"), twin = hello("t1"), bob = hello("t2");
  app.advance(seconds{30});
  const int decided = control.joinsDecided;
  news("one");
  EXPECT_EQ(control.joinsDecided, decided);
  app.advance(seconds{31});
  EXPECT_EQ(control.joinsDecided, decided) << "not without a page to show";
  news("two");
  EXPECT_EQ(control.joinsDecided, decided + 2) << "once for all who are known by the same";
  EXPECT_EQ(twin.text(), "Hello, Ann: two");
  news("three");
  EXPECT_EQ(control.joinsDecided, decided + 2);
  EXPECT_EQ(ann.pages(), 4U) << "the one of the join, and three";
  EXPECT_EQ(bob.text(), "Hello, Bob: three");
}

TEST_F(Authority, R9WhoMayNoLongerBeHereGetsNoPageAnyMore) {
  TestReader ann = hello();
  const std::size_t pages = ann.pages();
  app.advance(seconds{61});
  control.mayJoin = false;
  news("for members");
  EXPECT_EQ(ann.pages(), pages);
  EXPECT_EQ(ann.joins(), 1U) << "it came again, and was refused";
  control.mayJoin = true;
  ann.reconnect();
  EXPECT_EQ(ann.text(), "Hello, Ann: for members");
}

TEST_F(Authority, R9ADecisionThatFailsHoldsThePageAndIsTakenAgain) {
  TestReader ann = hello();
  app.advance(seconds{61});
  control.mayJoinThrows = true;
  news("one");
  EXPECT_EQ(ann.text(), "Hello, Ann: empty");
  control.mayJoinThrows = false;
  app.advance(seconds{1});
  EXPECT_EQ(ann.text(), "Hello, Ann: one");
  EXPECT_EQ(ann.joins(), 1U);
}

TEST_F(Authority, R9AChangeOfRoleIsADecisionAboutTheKeyToo) {
  TestReader ann = hello("t1", "secret-1");
  control.sessions.store["t1"].role = Role::guest;
  control.sessions.store["t1"].name = "Ann, a guest";
  app.advance(seconds{10});
  EXPECT_EQ(ann.joins(), 1U) << "it came again, and was refused";
  EXPECT_EQ(ann.text(), "Hello, Ann, a guest: empty") << "the page without a socket";
}

}  // namespace
}  // namespace duramen::board
