// R1 to R5 and R9 of docs/architecture.md, and those rows of the table of docs/protocol.md in which we differ from the
// stock server (U…), without sockets; those of the transport stand with it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "board.h"

namespace duramen::board {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr, testing::Not;

class Promises : public testing::Test {
 protected:
  static std::string board(std::string key = "b") { return boardPath(BoardKey{std::move(key)}); }
  TestReader open(const std::string& link, TestClient client = {}) { return app.open(link, std::move(client)); }
  static std::string write(TestReader& reader, std::string text) {
    return reader.call(reader.find<Controls>().write, std::move(text));
  }
  static std::uint64_t beginWrite(TestReader& reader, std::string text) {
    return reader.begin(reader.find<Controls>().write, std::move(text));
  }

  Control control;
  Env env{.control = control};
  TestApp app{boardApp(), env};
};

TEST_F(Promises, R1EveryClientComesToShowARenderThatBeganAfterTheChange) {
  TestReader alice = open(board()), bob = open(board());
  write(alice, "one");
  EXPECT_EQ(alice.text(), "one");
  EXPECT_EQ(bob.text(), "one");
}

TEST_F(Promises, R1AChangeDuringAPassIsShownByTheNext) {
  TestReader alice = open(board()), bob = open(board());
  control.pages.open = false;
  const auto first = beginWrite(alice, "one");  // its pass has read "one" and waits
  const auto second = beginWrite(bob, "two");
  control.pages.release();
  app.settle();
  app.advance(milliseconds{100});
  EXPECT_TRUE(alice.finished(first));
  EXPECT_TRUE(bob.finished(second));
  EXPECT_EQ(alice.text(), "two");
  EXPECT_EQ(bob.text(), "two");
}

TEST_F(Promises, R1AnActionThatFailedMarksToo) {
  TestReader alice = open(board()), bob = open(board());
  app.run(env.boards.at("b").call<&Board::write>(std::string("written before it failed")));
  EXPECT_EQ(bob.text(), "empty");
  EXPECT_THROW(write(alice, "fail"), TestCallFailed);
  EXPECT_EQ(bob.text(), "written before it failed");
}

TEST_F(Promises, R2WhoJoinsWhileAChangeWaitsIsGivenNoOlderPage) {
  TestReader alice = open(board()), bob = open(board());
  bob.disconnect();
  control.pages.open = false;
  app.run(env.boards.at("b").call<&Board::write>(std::string("news")));
  renderRealtimeClients(env.realtime, board());
  app.settle();
  const std::size_t pages = bob.pages();
  bob.reconnect();
  EXPECT_EQ(bob.pages(), pages) << "the page of before the change";
  control.pages.release();
  app.settle();
  EXPECT_EQ(bob.pages(), pages + 1);
  EXPECT_EQ(bob.text(), "news");
}

// U14: in the stock system the last writer's own page may stay on the older text.
TEST_F(Promises, R2U14NoClientShowsAnOlderVersionAfterANewerOne) {
  std::vector<TestReader> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(open(board()));
  for (int round = 0; round < 10; ++round) {
    control.pages.open = round % 2 == 0;
    const auto a = beginWrite(readers[0], "a" + std::to_string(round));
    const auto b = beginWrite(readers[1], "b" + std::to_string(round));
    control.pages.release();
    app.settle();
    app.advance(milliseconds{200});
    ASSERT_TRUE(readers[0].finished(a) && readers[1].finished(b));
    for (TestReader& reader : readers) ASSERT_EQ(reader.text(), "b" + std::to_string(round));
  }
}

TEST_F(Promises, R3AChangeCostsOnePassPerView) {
  std::vector<TestReader> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(open(board()));
  TestReader other = open(board("other"));
  const std::size_t before = app.renders();
  write(readers[7], "one");
  EXPECT_EQ(app.renders(), before + 1);
  for (TestReader& reader : readers) EXPECT_EQ(reader.text(), "one");
  EXPECT_EQ(other.text(), "empty");
}

TEST_F(Promises, R3ChangesDuringAPassCostOneMoreTogether) {
  std::vector<TestReader> readers;
  for (int i = 0; i < 8; ++i) readers.push_back(open(board()));
  control.pages.open = false;
  beginWrite(readers[0], "0");
  const std::size_t before = app.renders();
  for (int i = 1; i < 8; ++i) beginWrite(readers[static_cast<std::size_t>(i)], std::to_string(i));
  control.pages.release();
  app.settle();
  app.advance(milliseconds{500});
  EXPECT_EQ(app.renders(), before + 1);
  for (TestReader& reader : readers) EXPECT_EQ(reader.text(), "7");
}

TEST_F(Promises, R3AViewUnderConstantChangeIsRenderedAtABoundedRate) {
  TestReader alice = open(board());
  app.advance(milliseconds{2000});
  const std::size_t before = app.renders();
  for (int i = 0; i < 1000; ++i) {
    app.run(env.boards.at("b").call<&Board::write>(std::to_string(i)));
    renderRealtimeClients(env.realtime, board());
    app.advance(milliseconds{1});
  }
  EXPECT_LE(app.renders() - before, 30U);
  EXPECT_GE(app.renders() - before, 20U);
  app.advance(milliseconds{100});
  EXPECT_EQ(alice.text(), "999") << "the last change is always shown";
}

TEST_F(Promises, R4AnEqualRenderSendsNothing) {
  TestReader alice = open(board()), bob = open(board());
  const std::size_t pages = bob.pages(), renders = app.renders();
  renderRealtimeClients(env.realtime, board());
  app.settle();
  EXPECT_EQ(app.renders(), renders + 1);
  EXPECT_EQ(bob.pages(), pages);
}

TEST_F(Promises, R4AResultStillComesWhenThePageIsEqual) {
  TestReader alice = open(board()), bob = open(board());
  write(alice, "same");
  const std::size_t pages = bob.pages();
  EXPECT_EQ(write(alice, "same"), "same");
  EXPECT_EQ(bob.pages(), pages);
}

TEST_F(Promises, R5ARenderIsSharedByThoseWhoseValuesAreEqual) {
  std::vector<TestReader> guests, admins;
  for (int i = 0; i < 10; ++i) {
    guests.push_back(open(rolesPath(), as(Role::guest, "g" + std::to_string(i))));
    admins.push_back(open(rolesPath(), as(Role::admin, "a" + std::to_string(i))));
  }
  const std::size_t before = app.renders();
  write(guests[0], "news");
  EXPECT_EQ(app.renders(), before + 2) << "one for each role";
  for (TestReader& guest : guests) EXPECT_EQ(guest.text(), "for guests: news");
  for (TestReader& admin : admins) EXPECT_EQ(admin.text(), "for admins: news");
}

TEST_F(Promises, R5ClientsThatJoinAtOnceGetTheirOwnValues) {
  // The first render of the link, which alone tells what it reads, is still under way when the others come.
  TestReader guest = open(rolesPath(), as(Role::guest)), admin = open(rolesPath(), as(Role::admin));
  EXPECT_EQ(guest.text(), "for guests: empty");
  EXPECT_EQ(admin.text(), "for admins: empty");
}

TEST_F(Promises, R5APageThatReadsTheWholeSessionIsPrivate) {
  TestReader ann = open(privatePath(), as(Role::guest, "Ann")), bob = open(privatePath(), as(Role::guest, "Bob"));
  TestReader twin = open(privatePath(), as(Role::guest, "Ann"));
  renderRealtimeClients(env.realtime, privatePath());
  app.settle();
  EXPECT_EQ(ann.text(), "private to Ann");
  EXPECT_EQ(bob.text(), "private to Bob");
  EXPECT_EQ(twin.text(), "private to Ann");
}

// U12: what a client does not read costs one page and its answers; when it reads again it gets the latest.
TEST_F(Promises, R6AStalledClientGetsTheLatestPageOnly) {
  TestReader alice = open(board()), slow = open(board());
  slow.stall();
  for (int i = 0; i < 100; ++i) {
    write(alice, std::to_string(i));
    app.advance(milliseconds{50});
  }
  const std::size_t pages = slow.pages();
  slow.resume();
  EXPECT_EQ(slow.pages(), pages + 1);
  EXPECT_EQ(slow.text(), "99");
}

TEST_F(Promises, AReconnectedClientShowsTheCurrentPage) {
  TestReader alice = open(board()), bob = open(board());
  bob.disconnect();
  write(alice, "while away");
  EXPECT_EQ(bob.text(), "empty");
  bob.reconnect();
  EXPECT_EQ(bob.text(), "while away");
}

// R9 and U10.
TEST_F(Promises, R9U10JoiningIsADecisionOfTheApp) {
  EXPECT_THROW(open(board(), as(Role::guest, "g", "secret-1")), std::runtime_error);
  EXPECT_NO_THROW(open(board(), as(Role::admin, "a", "secret-1")));
}

TEST_F(Promises, R9GuardsRunForEachClient) {
  TestReader admin = open(adminPath(), as(Role::admin)), guest = open(adminPath(), as(Role::guest));
  EXPECT_EQ(admin.text(), "the keys of the house");
  EXPECT_EQ(guest.status(), 403);
  EXPECT_THAT(guest.text(), Not(HasSubstr("keys")));
  renderRealtimeClients(env.realtime, adminPath());
  app.settle();
  EXPECT_THAT(guest.text(), Not(HasSubstr("keys")));
}

TEST_F(Promises, R9ARenderIsNotHandedOnWhenItsGuardHasChangedItsMind) {
  TestReader early = open(adminPath(), as(Role::admin));
  control.adminsMayLook = false;
  TestReader late = open(adminPath(), as(Role::admin));
  EXPECT_THAT(late.text(), HasSubstr("closed"));
}

TEST_F(Promises, AnActionIsGuardedOnBothTransports) {
  TestReader admin = open(board(), as(Role::admin)), guest = open(board(), as(Role::guest));
  write(admin, "kept");
  // Through another page, and by POST; before the arguments are looked at.
  EXPECT_THAT([&] { guest.callRaw("wipe", R"(["b"])"); },
              testing::ThrowsMessage<TestCallFailed>(HasSubstr("wipe: refused: admins only")));
  EXPECT_THAT([&] { guest.callRaw("wipe", "not even JSON"); },
              testing::ThrowsMessage<TestCallFailed>(HasSubstr("refused")));
  const TestResponse posted = app.post("/", "wipe", R"(["b"])", as(Role::guest));
  EXPECT_EQ(posted.status, 403);
  EXPECT_EQ(admin.text(), "kept");
  admin.call(admin.find<Controls>().wipe);
  EXPECT_EQ(guest.text(), "wiped");
}

TEST_F(Promises, AnActionByPostAnswersWithItsResultAndThePage) {
  const TestResponse response = app.post(board(), "write", R"(["b","posted"])");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("10000000:\"posted\""));
  EXPECT_THAT(response.body, HasSubstr("\"actionResult\":\"$10000000\""));
}

// U9 for POST; the upgrade's own test stands with the transport.
TEST_F(Promises, U9APostFromAnotherOriginIsRefused) {
  for (const char* const origin : {"http://test:81", "https://evil.example", "null", ""}) {
    Request request;
    request.method = "POST";
    request.path = board();
    request.query = "__rsc&__rsc_action_id=write";
    request.headers = {{"Host", "test"}, {"Origin", origin}};
    request.body = R"(["b","stolen"])";
    EXPECT_EQ(app.request(std::move(request)).status, 403) << origin;
  }
  EXPECT_EQ(control.actionsRun, 0);
}

// U6: an action that fails settles, too; the reader throws if an ERROR comes without its START.
TEST_F(Promises, U6EveryActionSettles) {
  TestReader alice = open(board());
  EXPECT_THAT([&] { write(alice, "mistake"); },
              testing::ThrowsMessage<TestCallFailed>("write: that text is not allowed"));
  EXPECT_THAT([&] { write(alice, "fail"); }, testing::ThrowsMessage<TestCallFailed>("write: the action failed"));
  EXPECT_THAT(app.log(), testing::Contains(HasSubstr("a secret of the program's")));
  EXPECT_THAT([&] { alice.callRaw("nothing", "[]"); },
              testing::ThrowsMessage<TestCallFailed>(HasSubstr("there is no action \"nothing\"")));
}

TEST_F(Promises, AnActionOfANameThatIsNoTextIsUnknownOnBothTransports) {
  TestReader alice = open(board());
  const std::string cut = std::string(99, 'a') + "\u00e9";  // a character across the place where a name is cut
  EXPECT_THAT([&] { alice.callRaw(cut, "[]"); },
              testing::ThrowsMessage<TestCallFailed>(HasSubstr("there is no action \"aaa")));
  EXPECT_EQ(app.post(board(), "%ff%0a", "[]").status, 404);
  EXPECT_EQ(app.post(board(), std::string(99, 'a') + "%C3%A9", "[]").status, 404);
}

TEST_F(Promises, AKeyThatIsNoTextIsRefused) {
  for (const char* const key : {"a\nb", "\x7f", "\xff"})
    EXPECT_THAT([&] { open(board(), as(Role::guest, "g", key)); },
                testing::ThrowsMessage<std::runtime_error>(HasSubstr("400 key: ")))
        << key;
}

// U13: the stock server refuses its own realtime actions.
TEST_F(Promises, U13ARealtimeActionWorks) {
  TestReader alice = open(board());
  EXPECT_EQ(write(alice, "saved"), "saved");
  EXPECT_EQ(alice.text(), "saved");
}

// U16: who a client is comes with its socket; the id that it names is nobody's.
TEST_F(Promises, U16AClientIdIsNoIdentity) {
  TestReader victim = open(board("mine")), attacker = open(board("mine"));
  attacker.navigate(board("other"));
  write(victim, "mine");
  EXPECT_EQ(victim.text(), "mine");
  EXPECT_EQ(attacker.text(), "empty");
}

// U18: beyond its limit an argument is refused with a sentence, and the socket goes on.
TEST_F(Promises, U18AnArgumentBeyondItsLimitIsAClearError) {
  TestReader alice = open(board());
  const std::string big = "[\"b\",\"" + std::string(3 * 1024 * 1024, 'x') + "\"]";
  EXPECT_THROW(alice.callRaw("write", big), TestCallFailed);
  EXPECT_EQ(write(alice, "still here"), "still here");
}

TEST_F(Promises, TheActionsOfOneClientRunInOrderAndThoseOfOthersBeside) {
  TestReader alice = open(board()), bob = open(board());
  control.actions.open = false;
  const auto first = beginWrite(alice, "one"), second = beginWrite(alice, "two");
  EXPECT_EQ(control.actionsRun, 1);
  const auto other = beginWrite(bob, "three");
  EXPECT_EQ(control.actionsRun, 2);
  control.actions.release();
  app.settle();
  app.advance(milliseconds{500});
  EXPECT_TRUE(alice.finished(first) && alice.finished(second) && bob.finished(other));
  EXPECT_EQ(alice.text(), "two");
}

TEST_F(Promises, AnActionThatWasReceivedRunsToItsEndWhenItsClientGoes) {
  TestReader alice = open(board()), bob = open(board());
  control.actions.open = false;
  beginWrite(alice, "one");
  beginWrite(alice, "two");  // waits in the queue
  alice.disconnect();
  control.actions.release();
  app.settle();
  app.advance(milliseconds{500});
  EXPECT_EQ(control.actionsRun, 2);
  EXPECT_EQ(bob.text(), "two");
}

TEST_F(Promises, ASlowPageHoldsNoResultLongerThanItsDeadline) {
  TestReader alice = open(board());
  control.pages.open = false;
  const auto call = beginWrite(alice, "one");
  app.advance(milliseconds{4900});
  EXPECT_FALSE(alice.finished(call));
  app.advance(milliseconds{200});
  EXPECT_TRUE(alice.finished(call));
  EXPECT_EQ(alice.text(), "empty") << "with the page that it had";
  control.pages.waiting.clear();  // the pass was dropped
  control.pages.release();
  app.advance(milliseconds{5000});
  EXPECT_EQ(alice.text(), "one") << "tried again";
}

TEST_F(Promises, APageThatThrowsKeepsTheLastOneAndIsTriedAgain) {
  TestReader alice = open(board()), bob = open(board());
  control.pageThrows = true;
  EXPECT_EQ(write(alice, "one"), "one");
  EXPECT_EQ(bob.text(), "empty");
  EXPECT_THAT(app.log(), testing::Contains(HasSubstr("the page is broken")));
  EXPECT_EQ(app.get(board()).status, 500);
  control.pageThrows = false;
  app.advance(milliseconds{1500});
  EXPECT_EQ(bob.text(), "one");
}

TEST_F(Promises, NavigationShowsTheOtherPageAndOnlyThat) {
  TestReader alice = open(board("a")), bob = open(board("b"));
  alice.navigate(board("b"));
  write(bob, "news");
  EXPECT_EQ(alice.text(), "empty") << "its key is still that of the first page";
  alice.navigate("/nowhere");
  EXPECT_EQ(alice.status(), 404);
  alice.navigate(rolesPath());
  EXPECT_EQ(alice.text(), "for guests: empty");
}

TEST_F(Promises, RenderRealtimeClientsReachesAKeyInAnySpelling) {
  TestReader alice = open("/board/caf%C3%A9");
  app.run(env.boards.at("café").call<&Board::write>(std::string("news")));
  renderRealtimeClients(env.realtime, "/board/caf%c3%a9");
  app.settle();
  EXPECT_EQ(alice.text(), "news");
}

TEST_F(Promises, MadeUpKeysLeaveNothingBehind) {
  for (int i = 0; i < 200; ++i) open(board("k" + std::to_string(i)));
  app.advance(std::chrono::minutes{3});
  EXPECT_EQ(app.objects(), 0U);
}

TEST_F(Promises, ASealedArgumentIsThisServersOwn) {
  TestReader alice = open(board("one"), as(Role::admin)), bob = open(board("two"), as(Role::admin));
  const auto sealedBy = [](TestReader& reader) {
    const auto controls = reader.find<Controls>();
    detail::TapeReader bound{controls.wipe.bound()};
    bound.next();
    return std::string(bound.text());
  };
  const std::string one = sealedBy(alice);
  const auto refusal = [&](const std::string& argument) {
    try {
      alice.callRaw("wipe", argument);
    } catch (const TestCallFailed& failed) {
      return std::string(failed.what());
    }
    return std::string("accepted");
  };
  const std::string why = "wipe, argument 1: expected a value that this server sealed for this place";
  EXPECT_EQ(refusal(R"(["one"])"), why);
  EXPECT_EQ(refusal("[]"), why);
  EXPECT_EQ(refusal(R"([{"value":["one"]}])"), why);
  std::string changed = one;
  changed.replace(changed.rfind("one"), 3, "two");
  EXPECT_EQ(refusal("[\"" + changed.substr(0, 44) + "\\\"two\\\"\"]"), why);
  EXPECT_EQ(refusal("[\"" + one.substr(0, 44) + "\\\"one\\\"\"]"), "accepted");
  EXPECT_EQ(alice.text(), "wiped");
  bob.call(bob.find<Controls>().wipe);
  EXPECT_EQ(bob.text(), "wiped");
}

}  // namespace
}  // namespace duramen::board
