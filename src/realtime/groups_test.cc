// Groups with a site, a renderer and sockets of the test's own: what TestApp cannot show, such as the order of what is
// sent and what other threads do.

#include "realtime/groups.h"

#include "base/seals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <thread>

#include "loop/manual_loop.h"
#include "loop/thread_loop.h"
#include "objects/memory_objects.h"

namespace duramen::realtime {
namespace {

using std::chrono::milliseconds;

struct Session {
  int role = 0;
};

const Seals seals = Seals::random();

// What waits for the test, in order of arrival.
class Waiting {
 public:
  Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  class Held {
   public:
    Held(Waiting& waiting, bool waits) : waiting_(waiting), waits_(waits) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { std::erase(waiting_.handles_, handle_); }  // a task that is dropped waits no more
    bool await_ready() const { return !waits_; }
    void await_suspend(std::coroutine_handle<> handle) { waiting_.handles_.push_back(handle_ = handle); }
    void await_resume() const {}

   private:
    Waiting& waiting_;
    bool waits_;
    std::coroutine_handle<> handle_;
  };
  Held holdIf(bool waits) { return {*this, waits}; }
  void release() {
    for (const auto handle : std::exchange(handles_, {})) handle.resume();
  }
  void releaseFirst() { take(handles_.begin()).resume(); }
  void releaseLast() { take(handles_.end() - 1).resume(); }
  std::size_t size() const { return handles_.size(); }
  bool empty() const { return handles_.empty(); }

 private:
  std::coroutine_handle<> take(std::vector<std::coroutine_handle<>>::iterator at) {
    const auto handle = *at;
    handles_.erase(at);
    return handle;
  }
  std::vector<std::coroutine_handle<>> handles_;
};

int roleOf(const detail::IdentityPtr& who) { return static_cast<const Session*>(who->session())->role; }

// Answers every action; "slow" waits for the test.
class FakeSite final : public app::Site {
 public:
  void open(objects::Objects& objects, Groups& groups, const Seals&) override {
    app::attachGroups(space_, objects, groups);
  }
  Task<detail::IdentityPtr> identify(Request) override { co_return nullptr; }
  // `sessions` says who whoever sent `kept` is; the answer is what it was when this began.
  Task<app::Recognized> recognizeAgain(std::string kept) override {
    ++recognized;
    const auto at = sessions.find(kept);
    const Session session = at == sessions.end() ? Session{} : at->second;
    co_await waiting.holdIf(holdsSessions);
    if (sessionsFail) throw std::runtime_error("the store is down");
    co_return app::Recognized{std::make_shared<const detail::IdentityOf<Session>>(session), std::move(kept)};
  }
  const std::type_info* sessionType() const override { return &typeid(Session); }
  Task<Verdict> mayJoin(detail::IdentityPtr who, std::string) override {
    ++joinsDecided;
    co_await waiting.holdIf(holdsJoins);
    if (joinsFail) throw std::runtime_error("the store is down");
    co_return roleOf(who) == refusedRole ? Verdict::refuse("not you") : Verdict::allow();
  }
  bool decidesJoins() const override { return true; }
  Task<app::Page> page(std::string, detail::IdentityPtr, detail::FormFailure*) override { co_return app::Page{}; }
  Task<std::string> stream(std::string, detail::IdentityPtr, app::PageSink&) override { co_return std::string{}; }
  Task<Verdict> mayView(std::string, detail::IdentityPtr) override { co_return Verdict::allow(); }
  Task<app::Outcome> act(std::string name, app::CallArguments, detail::IdentityPtr, const bool*, bool) override {
    ++running;
    co_await waiting.holdIf(name.starts_with("slow"));
    app::Outcome outcome;
    if (name == "unknown") {
      outcome.status = 404;
      outcome.error = "there is no such action";
      co_return outcome;
    }
    if (works) works();
    outcome.ran = true;
    if (name == "fails") {
      outcome.status = 500;
      outcome.error = "it failed";
      co_return outcome;
    }
    outcome.result = result;
    co_return outcome;
  }
  bool runsConcurrently(std::string_view name) const override { return name.ends_with("Beside"); }
  bool hasAction(std::string_view) const override { return true; }
  std::span<const ClientBundle* const> bundles() const override { return {}; }
  Node document() override { return nullptr; }
  std::string_view realtimeNamespace() const override { return "realtime"; }

  void release() { waiting.release(); }

  std::atomic<int> running = 0;
  Waiting waiting;
  std::function<void()> works;  // what each action does
  Node result{"done"};
  std::map<std::string, Session> sessions;
  bool holdsSessions = false, sessionsFail = false;
  bool holdsJoins = false, joinsFail = false;
  int refusedRole = -1;
  std::atomic<int> joinsDecided = 0;
  std::atomic<int> recognized = 0;

 private:
  Namespace<RealtimeDurableObject> space_{"realtime"};
};

// Renders what the test says, and reads of the client what the test says.
class FakeRenderer final : public Renderer {
 public:
  Task<Rendered> render(std::string link, detail::IdentityPtr who, RenderedPtr) override {
    ++renders;
    if (begins) begins();
    Rendered rendered;
    const auto& session = *static_cast<const Session*>(who->session());
    std::string shown = showsLink ? text + " at " + link : text;
    if (readsRole) {
      rendered.reads.add(0, &detail::sessionValue<int>, &session.role);
      shown += " for " + std::to_string(session.role);
    }
    rendered.bytes = std::make_shared<const std::string>("1:\"" + shown + "\"\n");
    rendered.dependencies = dependencies;
    rendered.status = status;
    rendered.fault = fault;
    co_await waiting.holdIf(holdsPages);
    co_return rendered;
  }
  Task<Verdict> mayView(std::string link, detail::IdentityPtr) override {
    co_await waiting.holdIf(holdsGuards);
    co_return link == refusedLink ? Verdict::refuse("not here") : Verdict::allow();
  }

  std::string text = "page";
  bool readsRole = false;
  bool showsLink = false;
  int status = 200;
  std::string fault;
  std::vector<ObjectId> dependencies;
  Waiting waiting;
  bool holdsPages = false, holdsGuards = false;
  std::string refusedLink;
  std::atomic<int> renders = 0;
  std::function<void()> begins;
};

class NoReferences final : public flight::References {
 public:
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return std::nullopt; }
  bool hasAction(std::string_view) const override { return true; }
};

// What was sent, in order: "reply 3", "push 1", "hold 2".
class FakeOutlet final : public Outlet {
 public:
  explicit FakeOutlet(loop::Loop& loop) : loop_(loop) {}
  loop::Loop& loop() override { return loop_; }
  void push(std::span<const SocketId> sockets, const SharedFrame& page) override {
    for (const SocketId socket : sockets) note("push", socket, page);
  }
  void reply(SocketId socket, SharedFrame frame) override {
    ++replies;
    note("reply", socket, frame);
  }
  void send(SocketId socket, SharedFrame frame) override { note("send", socket, frame); }
  void close(SocketId socket, std::uint16_t, std::string_view) override { note("close", socket, nullptr); }
  void hold(SocketId socket, bool held) override { note(held ? "hold" : "resume", socket, nullptr); }

  std::vector<std::string> events;
  int replies = 0;
  std::map<std::uint64_t, std::string> shown;  // the last frame with a page, by socket
  bool isSlow = false;                         // what it sends waits in `unread`
  std::vector<SharedFrame> unread;

 private:
  void note(const std::string& what, SocketId socket, const SharedFrame& frame) {
    events.push_back(what + " " + std::to_string(socket.value));
    if (frame && what != "send") shown[socket.value] = *frame;
    if (frame && isSlow) unread.push_back(frame);
  }
  loop::Loop& loop_;
};

detail::RevokedSlot slotOf(int role) {
  detail::Tape tape;
  detail::appendValue(tape, role);
  return {.session = &typeid(Session),
          .offset = 0,
          .valueOf = &detail::sessionValue<int>,
          .value = {tape.data(), tape.size()}};
}

wire::ActionRequest request(std::optional<std::string> action, std::uint64_t number, std::string url = "/") {
  return {std::move(action), "[]", wire::streamId(number), std::move(url)};
}

class GroupsTest : public testing::Test {
 public:
  GroupsTest() { site.open(objects.objects(), groups, seals); }
  ~GroupsTest() override {
    groups.clear([this] { loop.run(); });
    loop.run();
  }

 protected:
  // With a session that `site.sessions` knows.
  Groups::Member joinAs(std::uint64_t socket, std::string kept) {
    return groups.join(joiningAs(socket, std::move(kept)));
  }
  Joining joiningAs(std::uint64_t socket, std::string kept) {
    Joining joining;
    joining.key = "k";
    joining.link = "/";
    joining.who = std::make_shared<const detail::IdentityOf<Session>>(site.sessions[kept]);
    joining.kept = std::move(kept);
    joining.revocations = groups.revocations();
    joining.outlet = &outlet;
    joining.socket = {socket};
    return joining;
  }
  void revoke(int role) {
    TaskSet tasks{loop};
    bool done = false;
    tasks.spawn([](Groups& all, int value, bool& ended) -> Task<void> {
      co_await all.revoke(slotOf(value));
      ended = true;
    }(groups, role, done));
    loop.run();
    EXPECT_TRUE(done);
  }
  Groups::Member join(std::uint64_t socket, int role = 0, std::string link = "/", bool forwardsResponses = false) {
    Joining joining;
    joining.key = key;
    joining.link = std::move(link);
    joining.who = std::make_shared<const detail::IdentityOf<Session>>(Session{role});
    joining.forwardsResponses = forwardsResponses;
    joining.outlet = &outlet;
    joining.socket = {socket};
    return groups.join(std::move(joining));
  }
  std::vector<std::string> take() {
    loop.run();
    return std::exchange(outlet.events, {});
  }
  ObjectId groupObject() const { return objects::idFromName(objects::namespaceKey("realtime"), "k"); }

  loop::ManualLoop loop;
  objects::MemoryObjects objects{loop, [] { return 0; }};
  FakeSite site;
  FakeRenderer renderer;
  NoReferences references;
  ActionCounts actions;
  GroupEnvironment environment{site, renderer, references, {}, {}, actions};
  std::string key = "k";  // that join() names
  Groups groups{{&loop}, environment};
  FakeOutlet outlet{loop};
};

// U15: in the stock system the caller's answer queues behind everybody's renders.
TEST_F(GroupsTest, U15TheCallersAnswerGoesFirst) {
  std::vector<Groups::Member> members;
  for (std::uint64_t i = 0; i < 20; ++i) members.push_back(join(i));
  take();
  renderer.text = "changed";
  members[13].message(request("save", 1));
  const auto events = take();
  ASSERT_EQ(events.size(), 20U);
  EXPECT_EQ(events.front(), "reply 13");
}

TEST_F(GroupsTest, AKeyHasNoMoreViewsThanItMay) {
  environment.options.views = 2;
  const auto alice = join(1, 0, "/a"), bob = join(2, 0, "/b"), carol = join(3, 0, "/c");
  EXPECT_EQ(take(), (std::vector<std::string>{"close 3", "push 1", "push 2"}));
  carol.leave();
  const auto dave = join(4, 0, "/a");  // a view that is there has room
  EXPECT_EQ(take(), (std::vector<std::string>{"push 4"}));
  alice.leave();
  dave.leave();
  join(5, 0, "/e");
  EXPECT_EQ(take(), (std::vector<std::string>{"push 5"}));
}

TEST_F(GroupsTest, TheViewsOfAKeyTakeNoMoreMemoryThanTheyMay) {
  renderer.text = std::string(1000, 'x');
  join(1, 0, "/a");
  const auto bob = join(2, 0, "/b");
  EXPECT_EQ(take(), (std::vector<std::string>{"push 1", "push 2"}));
  environment.options.viewBytes = environment.viewMemory.taken();
  EXPECT_GE(environment.options.viewBytes, 2000U);
  join(3, 0, "/c");
  EXPECT_EQ(take(), (std::vector<std::string>{"close 3"}));
  bob.leave();
  take();
  join(4, 0, "/d");
  EXPECT_EQ(take(), (std::vector<std::string>{"push 4"}));
}

TEST_F(GroupsTest, SaysOnceAMinuteThatAKeyHasTooManyViews) {
  std::vector<std::string> said;
  environment.log = Log{[&](LogLevel, std::string_view text) { said.emplace_back(text); }};
  environment.options.views = 1;
  join(1, 0, "/a");
  take();
  for (const std::uint64_t late : {2U, 3U}) join(late, 0, "/b");
  take();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("the key k has 1 views of ")) << said[0];
  EXPECT_TRUE(
      said[0].ends_with(" bytes, and takes no more: a client was turned away; --max-views-of-key sets this limit"))
      << said[0];
  loop.advance(std::chrono::minutes{1});
  environment.options.views = 2;
  environment.options.viewBytes = 1;
  join(4, 0, "/c");
  take();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(said[1].ends_with("; --max-view-bytes-of-key sets this limit")) << said[1];
}

TEST_F(GroupsTest, AClientThatHasGoneGetsNoViewWhenItsGuardsHaveAnswered) {
  const auto alice = join(1);
  take();
  renderer.holdsGuards = true;
  const auto bob = join(2);
  loop.run();
  bob.leave();
  loop.run();
  renderer.waiting.release();
  loop.run();
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::ElementsAre("push 1"));
  alice.leave();
  loop.run();
  EXPECT_EQ(groups.numbers(loop).groups, 0U);
}

// A key costs nothing to make up.
TEST_F(GroupsTest, TheViewsOfAllKeysTakeNoMoreMemoryThanTheyMay) {
  environment.viewMemory = ByteBudget{100'000};
  renderer.text = std::string(20'000, 'x');
  std::vector<Groups::Member> members;
  for (std::uint64_t i = 0; i < 10; ++i) {
    key = "made up " + std::to_string(i);
    members.push_back(join(i));
    take();
  }
  const auto shown = outlet.shown.size();
  EXPECT_GE(shown, 2U);
  EXPECT_LE(shown, 4U);
  EXPECT_LE(environment.viewMemory.taken(), 100'000U);
  // Who is there keeps its page, also a longer one; and who leaves gives its room to others.
  renderer.text = std::string(21'000, 'y');
  groups.render("made up 0");
  EXPECT_THAT(take(), testing::ElementsAre("push 0"));
  for (const auto& member : members) member.leave();
  take();
  EXPECT_EQ(environment.viewMemory.taken(), 0U);
  key = "another";
  join(20);
  EXPECT_THAT(take(), testing::ElementsAre("push 20"));
}

TEST_F(GroupsTest, AnAnswerThatFindsNoMemoryClosesItsClient) {
  environment.clientMemory = ByteBudget{200'000};
  renderer.text = std::string(120'000, 'x');
  const auto alice = join(1), bob = join(2);
  take();
  outlet.isSlow = true;
  alice.message(request("save", 1));
  EXPECT_THAT(take(), testing::Contains("reply 1"));
  bob.message(request("save", 2));
  loop.advance(milliseconds{40});
  EXPECT_THAT(take(), testing::Contains("close 2"));
  outlet.unread.clear();
  EXPECT_EQ(environment.clientMemory.taken(), 0U) << "what is sent is free again";
}

// As a client that is turned away in the middle of its page does: what it has asked for is not forgotten.
TEST_F(GroupsTest, AClientThatHasNoViewStillRunsItsActions) {
  environment.options.views = 1;
  join(1, 0, "/a");
  const auto bob = join(2, 0, "/b");
  bob.message(request("save", 1, "/b"));
  take();
  EXPECT_EQ(site.running, 1);
  bob.leave();
  EXPECT_EQ(take(), (std::vector<std::string>{}));
  EXPECT_EQ(groups.numbers(loop).clients, 1U);
}

TEST_F(GroupsTest, AClientNavigatesNoFasterThanItsBudgetAllows) {
  const auto alice = join(1), bob = join(2);
  take();
  const int before = renderer.renders;
  for (std::uint64_t i = 0; i < 50; ++i) alice.message(request(std::nullopt, i, "/" + std::to_string(i)));
  loop.run();
  EXPECT_LE(renderer.renders - before, 20);
  // Nobody else waits for it, and its actions do not either.
  bob.message(request(std::nullopt, 100, "/bob"));
  alice.message(request("save", 101, "/19"));
  take();
  EXPECT_EQ(site.running, 1);
  EXPECT_EQ(outlet.shown.at(2).find("error"), std::string::npos);
  const int replies = outlet.replies;
  loop.advance(milliseconds{1000});
  EXPECT_GE(outlet.replies - replies, 19);
  loop.advance(milliseconds{1000});
  EXPECT_EQ(outlet.replies, 50 + 2);
}

// An action called from another page moves its client there: that is no cheaper than to navigate, and an action that
// does not exist is no way around it.
TEST_F(GroupsTest, ActionsThatMoveTheirClientAreNavigations) {
  for (const std::string action : {"save", "unknown"}) {
    const auto alice = join(1);
    take();
    const int renders = renderer.renders, running = site.running;
    for (std::uint64_t i = 1; i <= 50; ++i) alice.message(request(action, i, "/" + std::to_string(i)));
    loop.run();
    EXPECT_LE(renderer.renders - renders, 20) << action;
    EXPECT_EQ(site.running - running, 20) << action;
    loop.advance(milliseconds{1500});
    take();
    EXPECT_EQ(site.running - running, 50) << action << ": each comes in its time";
    alice.leave();
    take();
  }
}

// One that waits to move its client holds up those after it: they began later.
TEST_F(GroupsTest, ActionsStayInOrderWhenOneWaitsToMoveItsClient) {
  const auto alice = join(1);
  take();
  for (std::uint64_t i = 0; i < 20; ++i) alice.message(request(std::nullopt, i, "/" + std::to_string(i)));
  take();
  alice.message(request("slow", 50, "/elsewhere"));
  alice.message(request("save", 51, "/19"));
  alice.message(request("saveBeside", 52, "/19"));
  take();
  EXPECT_EQ(site.running, 1) << "only the one that may run beside others";
  loop.advance(milliseconds{60});
  EXPECT_EQ(site.running, 2) << "the first of the two waits for the test";
}

// Each waits for its own budget.
TEST_F(GroupsTest, WhatWaitsForTheShortestTimeIsStartedThen) {
  renderer.showsLink = true;
  const auto alice = join(1);
  take();
  site.works = [this] { loop.spend(milliseconds{500}); };
  alice.message(request("save", 1));
  take();
  for (std::uint64_t i = 0; i < 21; ++i) alice.message(request(std::nullopt, 10 + i, "/" + std::to_string(i)));
  alice.message(request("save", 2, "/20"));
  take();
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("page at /19"));
  loop.advance(milliseconds{50});
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("page at /20"));
  EXPECT_EQ(site.running, 1);
  loop.advance(milliseconds{5000});
  EXPECT_EQ(site.running, 2);
}

TEST_F(GroupsTest, TheActionsOfAClientThatHasGoneAreNoNavigations) {
  const auto alice = join(1);
  join(2);
  take();
  for (std::uint64_t i = 0; i < 20; ++i) alice.message(request(std::nullopt, i, "/" + std::to_string(i)));
  alice.message(request("save", 20, "/elsewhere"));
  loop.run();
  EXPECT_EQ(site.running, 0) << "it waits to move its client";
  alice.leave();
  loop.run();
  EXPECT_EQ(site.running, 1);
  EXPECT_EQ(groups.numbers(loop).views, 1U) << "nobody looks at /elsewhere";
}

TEST_F(GroupsTest, AnActionThatWaitsForItsShareOfTheLoopRunsAlsoWhenItsClientHasGone) {
  const auto alice = join(1);
  take();
  site.works = [this] { loop.spend(milliseconds{500}); };
  for (std::uint64_t i = 0; i < 2; ++i) alice.message(request("save", i));
  alice.leave();
  loop.run();
  EXPECT_EQ(site.running, 1);
  loop.advance(milliseconds{5000});
  EXPECT_EQ(site.running, 2);
  EXPECT_EQ(groups.numbers(loop).groups, 0U);
}

TEST_F(GroupsTest, AnActionThatDidNotRunMarksNothingAndOneThatFailedDoes) {
  const auto alice = join(1);
  join(2, 0, "/other");
  take();
  const int before = renderer.renders;
  alice.message(request("unknown", 1));
  take();
  EXPECT_EQ(renderer.renders, before);
  alice.message(request("fails", 2));
  take();
  EXPECT_EQ(renderer.renders, before + 2);
}

// A tenth of the loop's time, a second's worth of it at once.
TEST_F(GroupsTest, TheActionsOfOneClientTakeNoMoreThanTheirShareOfTheLoop) {
  const auto alice = join(1), bob = join(2);
  take();
  site.works = [this] { loop.spend(milliseconds{50}); };
  for (std::uint64_t i = 0; i < 10; ++i) alice.message(request("save", i));
  bob.message(request("save", 100));
  take();
  EXPECT_EQ(site.running, 3 + 1) << "until 150 ms are more than a tenth of what has passed, and bob is not held up";
  const loop::TimePoint began = loop.now();
  while (site.running < 11 && loop.now() - began < std::chrono::seconds{20}) loop.advance(milliseconds{10});
  EXPECT_EQ(site.running, 11);
  EXPECT_GE(loop.now() - began, milliseconds{7 * 500 - 1000});
}

// A client that does not read its answers, and one whose page is so large that one answer is much.
TEST_F(GroupsTest, WhileMuchIsUnreadTheNextActionDoesNotStart) {
  environment.options.unreadBytes = 3000;
  renderer.text = std::string(2000, 'x');
  const auto alice = join(1), bob = join(2);
  take();
  outlet.isSlow = true;
  for (std::uint64_t i = 0; i < 5; ++i) alice.message(request("save", i));
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.running, 2) << "two pages are owed, or unread";
  bob.message(request("save", 10));
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.running, 3);
  for (int reads = 0; reads < 5; ++reads) {
    outlet.unread.clear();
    loop.advance(milliseconds{1000});
  }
  EXPECT_EQ(site.running, 6);
}

TEST_F(GroupsTest, WhenNoMoreIsUnreadThanMayBeTheNextActionStarts) {
  renderer.text = std::string(2000, 'x');
  const auto alice = join(1);
  take();
  outlet.isSlow = true;
  alice.message(request("save", 1));
  take();
  ASSERT_EQ(outlet.unread.size(), 1U);
  environment.options.unreadBytes = outlet.unread[0]->size();
  outlet.unread.clear();
  for (std::uint64_t i = 2; i < 5; ++i) alice.message(request("save", i));
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.running, 3);
  outlet.unread.erase(outlet.unread.begin());
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.running, 4);
}

TEST_F(GroupsTest, WhatAClientThatHasGoneHadNotReadHoldsUpNothing) {
  environment.options.unreadBytes = 100;
  renderer.text = std::string(2000, 'x');
  const auto alice = join(1);
  take();
  outlet.isSlow = true;
  for (std::uint64_t i = 0; i < 5; ++i) alice.message(request("save", i));
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.running, 1);
  alice.leave();
  take();
  EXPECT_EQ(site.running, 5);
}

// U3: versions only rise, whoever causes the renders.
TEST_F(GroupsTest, U3NothingOlderIsSentAfterSomethingNewer) {
  const auto alice = join(1);
  join(2);
  take();
  for (std::uint64_t i = 1; i <= 50; ++i) {
    renderer.text = std::to_string(i);
    if (i % 3 == 0)
      alice.message(request("save", i));
    else
      groups.render("k");
    loop.run();
    if (i % 5 == 0) loop.advance(milliseconds{40});
  }
  loop.advance(milliseconds{200});
  for (const std::uint64_t socket : {1U, 2U})
    EXPECT_THAT(outlet.shown[socket], testing::HasSubstr("1:\"50\"")) << socket;
}

TEST_F(GroupsTest, AQueueThatIsFullHoldsItsSocketUntilItHasRoom) {
  const auto alice = join(1);
  take();
  for (std::uint64_t i = 0; i < 70; ++i) alice.message(request("slow", i));
  EXPECT_THAT(take(), testing::ElementsAre("hold 1"));
  while (!site.waiting.empty()) {
    site.release();
    loop.advance(milliseconds{40});
  }
  EXPECT_EQ(site.running, 70);
  const auto events = take();
  EXPECT_EQ(std::ranges::count(events, "resume 1"), 1);
}

TEST_F(GroupsTest, ASocketIsHeldWhileItsClientsRequestsTakeMuch) {
  environment.options.queuedBytes = 1000;
  const ByteBudget budget{10'000};
  const auto charge = [&] {
    ByteBudget::Place place{budget};
    EXPECT_TRUE(place.grow(400));
    return place;
  };
  const auto alice = join(1);
  take();
  for (std::uint64_t i = 0; i < 3; ++i) alice.message(request("slow", i), charge());
  EXPECT_THAT(take(), testing::IsEmpty()) << "one runs, two wait";
  alice.message(request("slow", 3), charge());
  EXPECT_THAT(take(), testing::ElementsAre("hold 1"));
  EXPECT_EQ(budget.taken(), 1600U);
  for (int runs = 0; runs < 2; ++runs) {
    site.release();
    loop.advance(milliseconds{40});
  }
  EXPECT_EQ(std::ranges::count(take(), "resume 1"), 1);
  while (!site.waiting.empty()) {
    site.release();
    loop.advance(milliseconds{40});
  }
  EXPECT_EQ(budget.taken(), 0U) << "they have run";
}

TEST_F(GroupsTest, AnActionThatMayRunBesideOthersDoesNotWait) {
  const auto alice = join(1);
  alice.message(request("slow", 1));
  alice.message(request("save", 2));
  alice.message(request("slowBeside", 3));
  take();
  EXPECT_EQ(site.running, 2);
  site.release();
  loop.run();
  EXPECT_EQ(site.running, 3);
}

TEST_F(GroupsTest, TheEndOfOneThatRunsBesideOthersLetsNoneOfThemGoAhead) {
  const auto alice = join(1);
  alice.message(request("slow", 1));
  alice.message(request("slowBeside", 2));
  alice.message(request("save", 3));
  take();
  site.waiting.releaseLast();
  take();
  EXPECT_EQ(site.running, 2);
  site.waiting.releaseFirst();
  take();
  EXPECT_EQ(site.running, 3);
}

TEST_F(GroupsTest, ViewsComeTogetherWhenTheyNoLongerReadWhatSetThemApart) {
  renderer.readsRole = true;
  join(1, 1);
  join(2, 2);
  take();
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("for 1"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("for 2"));
  renderer.readsRole = false;
  groups.render("k");
  take();
  EXPECT_THAT(outlet.shown[1], testing::Not(testing::HasSubstr("for")));
  EXPECT_THAT(outlet.shown[2], testing::Not(testing::HasSubstr("for")));
  loop.advance(milliseconds{1000});
  const int before = renderer.renders;
  renderer.text = "one";
  groups.render("k");
  take();
  EXPECT_EQ(renderer.renders, before + 1);
}

// The views were rendered one after the other: what one shows now is older than what the other shows.
TEST_F(GroupsTest, ViewsThatComeTogetherShowTheSamePage) {
  renderer.readsRole = true;
  join(1, 1);
  join(2, 2);
  take();
  renderer.readsRole = false;
  int passes = 0;
  renderer.begins = [&] { renderer.text = ++passes == 1 ? "older" : "page for 2"; };
  groups.render("k");
  take();
  EXPECT_EQ(passes, 2);
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("page for 2"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("page for 2"));
}

// A client that wants no pages but good ones was shown nothing by the first of the two.
TEST_F(GroupsTest, ViewsThatComeTogetherWithOtherStatusesShowTheLaterPage) {
  renderer.readsRole = true;
  join(1, 1);
  join(2, 2);
  take();
  renderer.readsRole = false;
  renderer.text = "page for 2";
  int passes = 0;
  renderer.begins = [&] { renderer.status = ++passes == 1 ? 404 : 200; };
  groups.render("k");
  EXPECT_THAT(take(), testing::ElementsAre("push 1"));
  EXPECT_EQ(passes, 2);
}

// One whose guards refused the page of the view that it came to waits for a pass that began afterwards.
TEST_F(GroupsTest, AViewThatIsMarkedIsNotUnitedWithOneWhosePassBeganBefore) {
  renderer.readsRole = true;
  join(1, 1);
  join(2, 2);
  take();
  renderer.readsRole = false;
  renderer.text = "for members";
  renderer.holdsPages = true;
  groups.render("k");
  loop.run();
  ASSERT_EQ(renderer.waiting.size(), 2U);
  renderer.waiting.releaseLast();
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
  renderer.refusedLink = "/";
  renderer.text = "closed";
  join(3, 3);
  loop.run();
  ASSERT_EQ(renderer.waiting.size(), 2U);
  renderer.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::ElementsAre("push 1"));
  renderer.waiting.release();
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2", "push 3"));
  EXPECT_THAT(outlet.shown[3], testing::HasSubstr("closed"));
}

// What a link's last render read says who may wait for whose.
TEST_F(GroupsTest, ThoseWhoJoinAtOnceAndAreSetApartAreRenderedAtOnce) {
  renderer.readsRole = true;
  join(1, 1);
  take();
  renderer.holdsPages = true;
  const int before = renderer.renders;
  for (const int role : {2, 3, 2}) join(10 + static_cast<std::uint64_t>(role), role);
  loop.run();
  EXPECT_EQ(renderer.renders, before + 2);
  renderer.waiting.release();
  take();
  EXPECT_EQ(renderer.renders, before + 2);
}

TEST_F(GroupsTest, APageThatIsNoSuccessIsForThoseWhoWantSuch) {
  renderer.status = 404;
  join(1);
  join(2, 0, "/", true);
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
  join(3);
  join(4, 0, "/", true);
  EXPECT_THAT(take(), testing::ElementsAre("push 4"));
  renderer.status = 200;
  groups.render("k");
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2", "push 3", "push 4"));
}

TEST_F(GroupsTest, WhoJoinsWhileAChangeWaitsGetsTheNextPageAlone) {
  join(1);
  take();
  renderer.text = "changed";
  groups.render("k");
  join(2);
  EXPECT_EQ(take(), (std::vector<std::string>{"push 1", "push 2"}));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("changed"));
}

TEST_F(GroupsTest, AnAnswerDoesNotComeWithThePageOfAPassThatBeganBeforeItsAction) {
  const auto alice = join(1);
  take();
  renderer.holdsPages = true;
  groups.render("k");
  loop.run();
  renderer.holdsPages = false;
  site.works = [this] { renderer.text = "changed"; };
  alice.message(request("save", 1));
  EXPECT_THAT(take(), testing::IsEmpty());
  renderer.waiting.release();
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("changed"));
}

TEST_F(GroupsTest, WhileAPageIsBrokenAnswersComeAtOnceAndNobodyNewIsShownTheLastOne) {
  const auto alice = join(1);
  take();
  renderer.fault = "it is broken";
  groups.render("k");
  EXPECT_THAT(take(), testing::IsEmpty());
  join(2);
  EXPECT_THAT(take(), testing::IsEmpty());
  alice.message(request("save", 1));
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
  renderer.fault.clear();
  renderer.text = "changed";
  loop.advance(milliseconds{1000});
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2"));
  site.works = [this] { renderer.text = "changed again"; };
  alice.message(request("save", 2));
  EXPECT_THAT(take(), testing::ElementsAre("reply 1", "push 2")) << "it is broken no more";
}

TEST_F(GroupsTest, AResultThatCannotBeSentIsAnError) {
  site.result = Node{"\xff"};
  const auto alice = join(1);
  take();
  alice.message(request("save", 1));
  EXPECT_THAT(take(), testing::ElementsAre("send 1"));
  EXPECT_EQ(actions.failed.load(), 1U);
}

TEST_F(GroupsTest, AnActionThatIsCalledFromAnotherPageMovesItsClientThere) {
  renderer.showsLink = true;
  const auto alice = join(1, 0, "/a");
  join(2, 0, "/a");
  take();
  alice.message(request("save", 1, "/b"));
  take();
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("page at /b"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("page at /a"));
  renderer.text = "changed";
  groups.render("k");
  take();
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("changed at /b"));
}

TEST_F(GroupsTest, AViewPartsWhenItComesToReadWhatSetsItsClientsApart) {
  join(1, 1);
  join(2, 2);
  join(3, 2);
  take();
  const int before = renderer.renders;
  renderer.readsRole = true;
  groups.render("k");
  take();
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("for 1"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("for 2"));
  EXPECT_THAT(outlet.shown[3], testing::HasSubstr("for 2"));
  EXPECT_LE(renderer.renders - before, 2);
}

TEST_F(GroupsTest, JoinsMarkWhoCountsThemAtMostFourTimesASecond) {
  renderer.dependencies = {groupObject()};
  join(0);
  take();
  loop.advance(milliseconds{1000});
  const int before = renderer.renders;
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    join(i);
    if (i % 10 == 0) loop.advance(milliseconds{1});
  }
  take();
  EXPECT_LE(renderer.renders - before, 6) << "10,000 arrived within a second";
}

TEST_F(GroupsTest, TheLastOfManyJoinsIsCountedToo) {
  renderer.begins = [this] { renderer.text = std::to_string(groups.readers("k")) + " are here"; };
  renderer.dependencies = {groupObject()};
  join(0);
  take();
  for (std::uint64_t i = 1; i <= 9; ++i) {
    join(i);
    if (i % 3 == 0) loop.advance(milliseconds{1000});
  }
  EXPECT_THAT(outlet.shown[0], testing::HasSubstr("10 are here"));
}

// A page that comes to count who is here, and waits for something else afterwards.
TEST_F(GroupsTest, AJoinIsCountedByAPageThatItComesToInTheMiddle) {
  for (const bool isFirst : {true, false}) {
    const auto alice = join(1, 0, "/counts");
    if (!isFirst) take();
    renderer.begins = [this] { renderer.text = std::to_string(groups.readers("k")) + " are here"; };
    renderer.dependencies = {groupObject()};
    renderer.holdsPages = true;
    groups.render("k");
    loop.run();  // it has seen one
    renderer.holdsPages = false;
    const auto bob = join(2, 0, "/other");
    loop.advance(milliseconds{250});
    renderer.waiting.release();
    take();
    EXPECT_THAT(outlet.shown[1], testing::HasSubstr("2 are here"));
    for (const auto* const each : {&alice, &bob}) each->leave();
    renderer.begins = nullptr;
    renderer.dependencies.clear();
    loop.advance(milliseconds{1000});
  }
}

TEST_F(GroupsTest, JoinsMarkNobodyWhoDoesNotCountThem) {
  join(0);
  take();
  loop.advance(milliseconds{1000});
  const int before = renderer.renders;
  for (std::uint64_t i = 1; i <= 100; ++i) join(i);
  take();
  loop.advance(milliseconds{1000});
  EXPECT_EQ(renderer.renders, before);
}

TEST_F(GroupsTest, AGroupIsForgottenWhenNobodyIsThereAndNothingRuns) {
  const auto alice = join(1), bob = join(2);
  take();
  EXPECT_EQ(groups.readers("k"), 2U);
  alice.message(request("slow", 1));
  loop.run();
  alice.leave();
  bob.leave();
  loop.run();
  EXPECT_EQ(groups.readers("k"), 0U);
  EXPECT_EQ(groups.numbers(loop).groups, 1U) << "an action still runs";
  site.release();
  loop.advance(milliseconds{50});
  EXPECT_EQ(groups.numbers(loop).groups, 0U);
}

TEST_F(GroupsTest, NothingBeginsWhenTheServerIsAboutToStop) {
  const auto alice = join(1), bob = join(2);
  take();
  alice.message(request("slow", 1));
  alice.message(request("save", 2));
  loop.run();
  bool quiet = false;
  groups.drain([&] { quiet = true; });
  EXPECT_THAT(take(), testing::ElementsAre("send 1")) << "the one that waited is refused";
  bob.message(request("save", 3));
  bob.message(request(std::nullopt, 4, "/elsewhere"));
  EXPECT_THAT(take(), testing::ElementsAre("send 2", "send 2"));
  loop.advance(milliseconds{50});
  EXPECT_FALSE(quiet) << "an action still runs";
  site.release();
  loop.advance(milliseconds{50});
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
  EXPECT_TRUE(quiet);
  EXPECT_EQ(site.running, 1);
}

TEST_F(GroupsTest, AGroupIsForgottenWithTheLastActionOfThoseWhoHaveGone) {
  const auto alice = join(1);
  take();
  alice.message(request("slow", 1));
  alice.leave();
  loop.run();
  EXPECT_EQ(groups.numbers(loop).groups, 1U);
  site.release();
  loop.run();
  EXPECT_EQ(groups.numbers(loop).groups, 0U);
}

TEST_F(GroupsTest, WhatAClientLeavesBehindIsNotSentAnywhere) {
  const auto alice = join(1);
  take();
  alice.message(request("slow", 1));
  alice.leave();
  loop.run();
  site.release();
  EXPECT_THAT(take(), testing::IsEmpty());
}

TEST_F(GroupsTest, ANavigationThatWaitedWhenItsClientWentLeadsNowhere) {
  const auto alice = join(1), bob = join(2);
  take();
  alice.message(request("slow", 1));
  alice.message(request(std::nullopt, 2, "/elsewhere"));
  alice.leave();
  loop.run();
  site.release();
  take();
  const int before = renderer.renders;
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
  EXPECT_EQ(renderer.renders, before + 1) << "nobody looks at /elsewhere";
}

TEST_F(GroupsTest, AnActionThatWaitedWhenItsClientWentMovesNobody) {
  const auto alice = join(1);
  join(2);
  take();
  alice.message(request("slow", 1));
  alice.message(request("save", 2, "/elsewhere"));
  alice.leave();
  loop.run();
  site.release();
  take();
  EXPECT_EQ(site.running, 2);
  EXPECT_EQ(groups.numbers(loop).views, 1U);
}

// Who a client is.

TEST_F(GroupsTest, ThoseWhoAreKnownByTheSameAreAskedInOneRun) {
  site.sessions = {{"a", {1}}, {"b", {2}}};
  for (std::uint64_t i = 0; i < 30; ++i) joinAs(i, i % 3 ? "a" : "b");
  take();
  loop.advance(milliseconds{7900});
  EXPECT_EQ(site.recognized, 0);
  loop.advance(milliseconds{2100});
  EXPECT_EQ(site.recognized, 2);
}

TEST_F(GroupsTest, ActionsThatAreAskedForTogetherShareARunThatBeganAfterThem) {
  site.sessions = {{"a", {1}}};
  std::vector<Groups::Member> members;
  for (std::uint64_t i = 0; i < 30; ++i) members.push_back(joinAs(i, "a"));
  take();
  site.holdsSessions = true;
  for (std::uint64_t i = 0; i < 30; ++i) members[i].message(request("save", i));
  loop.run();
  EXPECT_EQ(site.recognized, 1);
  site.release();
  loop.run();
  EXPECT_EQ(site.running, 1) << "the others came when that run had begun";
  EXPECT_EQ(site.recognized, 2);
  site.release();
  loop.run();
  EXPECT_EQ(site.running, 30);
  EXPECT_EQ(site.recognized, 2);
}

TEST_F(GroupsTest, ARunThatBeganBeforeARevocationBringsNobodyBack) {
  renderer.readsRole = true;
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.sessions["a"].role = 2;
  site.holdsSessions = true;
  loop.advance(milliseconds{10'000});  // the run has seen 2, and waits
  site.sessions["a"].role = 3;
  revoke(2);
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::IsEmpty());
  site.release();
  EXPECT_THAT(take(), testing::IsEmpty()) << "it is asked once more";
  site.release();
  EXPECT_THAT(take(), testing::ElementsAre("push 1"));
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("changed for 3"));
}

// Though others of the same session, whose sockets are still to close, are there.
TEST_F(GroupsTest, WhoJoinsByADecisionOfBeforeARevocationIsAskedFirst) {
  renderer.readsRole = true;
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  Joining late = joiningAs(2, "a");
  site.sessions["a"].role = 2;
  revoke(1);
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
  groups.join(std::move(late));
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("for 2"));
}

TEST_F(GroupsTest, ARevocationClosesSocketsAndStartsNothingOfTheirQueues) {
  site.sessions = {{"a", {1}}, {"b", {2}}};
  const auto alice = joinAs(1, "a"), twin = joinAs(2, "a"), bob = joinAs(3, "b");
  take();
  alice.message(request("slow", 1));
  alice.message(request("save", 2));
  loop.run();
  revoke(1);
  EXPECT_THAT(take(), testing::UnorderedElementsAre("send 1", "close 2"))
      << "one waits, and is told that it will not run";
  alice.message(request("save", 3));
  EXPECT_THAT(take(), testing::ElementsAre("send 1"));
  site.release();
  EXPECT_THAT(take(), testing::ElementsAre("reply 1", "close 1")) << "what ran is answered";
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("1:null")) << "with no page";
  EXPECT_EQ(site.running, 1);
  bob.message(request("save", 4));
  EXPECT_THAT(take(), testing::ElementsAre("reply 3"));
}

TEST_F(GroupsTest, ASocketWhoseActionRunsOnIsClosedASecondAfterItsSessionHasEnded) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  alice.message(request("slowBeside", 1));
  alice.message(request("slow", 2));
  loop.run();
  revoke(1);
  loop.advance(milliseconds{999});
  EXPECT_THAT(take(), testing::IsEmpty());
  loop.advance(milliseconds{1});
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
  site.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
  loop.advance(milliseconds{2000});
  EXPECT_THAT(take(), testing::IsEmpty()) << "it is told once";
  alice.leave();
  loop.run();
  site.release();
  EXPECT_THAT(take(), testing::IsEmpty());
}

TEST_F(GroupsTest, WhatWaitedWhenItsClientWentDoesNotRunForASessionThatHasEnded) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  alice.message(request("slow", 1));
  alice.message(request("save", 2));
  alice.leave();
  loop.run();
  revoke(1);
  site.release();
  take();
  EXPECT_EQ(site.running, 1);
  loop.advance(milliseconds{50});
  EXPECT_EQ(groups.numbers(loop).groups, 0U) << "and nothing is left of it";
}

TEST_F(GroupsTest, ARunIsDroppedWithTheLastOfItsClients) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a"), bob = joinAs(2, "a");
  take();
  site.holdsSessions = true;
  loop.advance(milliseconds{10'000});
  ASSERT_EQ(site.waiting.size(), 1U);
  alice.leave();
  bob.leave();
  loop.run();
  EXPECT_TRUE(site.waiting.empty());
  loop.advance(milliseconds{60'000});
  EXPECT_EQ(site.recognized, 1);
}

TEST_F(GroupsTest, WhoeverIsLeftOfThoseWhoAreKnownByTheSameIsTold) {
  renderer.readsRole = true;
  site.sessions = {{"a", {1}}};
  const auto first = joinAs(1, "a"), second = joinAs(2, "a"), third = joinAs(3, "a");
  take();
  first.leave();
  third.leave();
  site.sessions["a"].role = 2;
  loop.advance(milliseconds{10'000});
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
  EXPECT_THAT(outlet.shown[2], testing::HasSubstr("for 2"));
}

TEST_F(GroupsTest, OneWhoComesAsSomebodyElseHasTheOthersAskedAtOnce) {
  renderer.readsRole = true;
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.sessions["a"].role = 2;
  joinAs(2, "a");
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2"));
  EXPECT_THAT(outlet.shown[1], testing::HasSubstr("for 2"));
}

TEST_F(GroupsTest, OneWhoComesWhenTheSessionFunctionWorksAgainHasTheOthersAskedAtOnce) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.sessionsFail = true;
  loop.advance(milliseconds{20'000});
  EXPECT_THAT(take(), testing::ElementsAre("send 1")) << "it is told so";
  site.sessionsFail = false;
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::IsEmpty()) << "it is not known who it is";
  joinAs(2, "a");
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2"));
}

TEST_F(GroupsTest, ASessionFunctionThatHasWorkedAgainIsAskedSoonAfterItsNextFailure) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.sessionsFail = true;
  loop.advance(milliseconds{60'000});
  site.sessionsFail = false;
  loop.advance(milliseconds{40'000});
  site.sessionsFail = true;
  for (const int before = site.recognized; site.recognized == before;) loop.advance(milliseconds{10});
  const int before = site.recognized;
  loop.advance(milliseconds{1000});
  EXPECT_EQ(site.recognized, before + 1);
}

TEST_F(GroupsTest, AnActionWhoseRunARevocationHasOvertakenWaitsForTheNext) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  site.sessions["a"].role = 2;
  site.holdsSessions = true;
  alice.message(request("save", 1));
  loop.run();  // its run has seen 2, and waits
  site.sessions["a"].role = 3;
  revoke(2);
  site.release();
  loop.run();
  EXPECT_EQ(site.running, 0);
  site.release();
  loop.run();
  EXPECT_EQ(site.running, 1);
}

TEST_F(GroupsTest, WhatAClientNeedsWhenItsAnswerIsDueItGetsAfterwards) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.holdsSessions = true;
  loop.advance(milliseconds{10'000});
  joinAs(2, "a");
  groups.render("k");  // which changes nothing
  EXPECT_THAT(take(), testing::IsEmpty());
  site.release();
  EXPECT_THAT(take(), testing::ElementsAre("push 2"));
}

TEST_F(GroupsTest, TheAnswerOfAnActionThatEndsWhileItIsNotKnownWhoItsClientIsComesAfterwards) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  for (const bool isBroken : {false, true}) {
    alice.message(request("slow", 1));
    loop.run();
    site.holdsSessions = true;
    loop.advance(milliseconds{10'000});
    ASSERT_EQ(site.waiting.size(), 2U);
    if (isBroken) renderer.fault = "it is broken";
    groups.render("k");
    loop.run();
    site.waiting.releaseFirst();
    loop.advance(milliseconds{1000});
    EXPECT_THAT(take(), testing::IsEmpty()) << isBroken;
    site.holdsSessions = false;
    site.release();
    EXPECT_THAT(take(), testing::ElementsAre("reply 1")) << isBroken;
  }
}

TEST_F(GroupsTest, WhoeverIsLetInAgainAtOnceGetsItsAnswerAlone) {
  const auto alice = join(1);
  take();
  loop.advance(milliseconds{61'000});
  site.works = [this] { renderer.text = "changed"; };
  alice.message(request("save", 1));
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
}

TEST_F(GroupsTest, ADecisionOfAChangedClientIsGoodForALifetime) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  loop.advance(milliseconds{50'000});
  site.sessions["a"].role = 2;
  loop.advance(milliseconds{11'000});
  EXPECT_EQ(site.joinsDecided, 1);
  groups.render("k");
  take();
  EXPECT_EQ(site.joinsDecided, 1);
}

TEST_F(GroupsTest, TheEndOfASessionEndsItsSearchForAView) {
  site.sessions = {{"a", {1}}};
  const auto bob = join(2);
  take();
  renderer.holdsGuards = true;
  joinAs(1, "a");
  loop.run();
  revoke(1);
  bob.leave();
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
  renderer.waiting.release();
  take();
  EXPECT_EQ(groups.numbers(loop).views, 0U);
}

TEST_F(GroupsTest, ARevocationThatNobodyWaitsForIsCarriedOut) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  {
    TaskSet tasks{loop};
    tasks.spawn(groups.revoke(slotOf(1)));
  }
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
}

TEST_F(GroupsTest, ASocketIsToldToCloseOnce) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  alice.message(request("slow", 1));
  loop.run();
  revoke(1);
  site.release();
  EXPECT_THAT(take(), testing::ElementsAre("reply 1", "close 1"));
  loop.advance(milliseconds{2000});
  EXPECT_THAT(take(), testing::IsEmpty());
}

TEST_F(GroupsTest, ADecisionAboutWhomAClientIsNoMoreLetsItSeeNothing) {
  renderer.readsRole = true;
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  site.holdsJoins = true;
  site.refusedRole = 3;
  for (const int role : {2, 3}) {
    site.sessions["a"].role = role;
    loop.advance(milliseconds{10'000});
  }
  ASSERT_EQ(site.waiting.size(), 2U);
  site.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::IsEmpty());
  site.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
}

TEST_F(GroupsTest, NorDoesADecisionThatAPassAskedFor) {
  site.sessions = {{"a", {1}}};
  joinAs(1, "a");
  take();
  loop.advance(milliseconds{61'000});
  site.holdsJoins = true;
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::IsEmpty());
  site.refusedRole = 2;
  site.sessions["a"].role = 2;
  loop.advance(milliseconds{10'000});
  ASSERT_EQ(site.waiting.size(), 2U);
  site.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::IsEmpty());
  site.waiting.releaseFirst();
  EXPECT_THAT(take(), testing::ElementsAre("close 1"));
}

TEST_F(GroupsTest, ADecisionAboutAPageThatAClientHasLeftIsTakenAgain) {
  site.sessions = {{"a", {1}}};
  const auto alice = joinAs(1, "a");
  take();
  renderer.holdsGuards = true;
  renderer.refusedLink = "/";
  site.sessions["a"].role = 2;
  loop.advance(milliseconds{10'000});
  ASSERT_EQ(renderer.waiting.size(), 1U);
  alice.message(request(std::nullopt, 1, "/elsewhere"));
  EXPECT_THAT(take(), testing::IsEmpty());
  renderer.holdsGuards = false;
  renderer.waiting.release();
  EXPECT_THAT(take(), testing::ElementsAre("reply 1"));
}

TEST_F(GroupsTest, AllForWhomADecisionFailedAreDecidedAboutAgain) {
  site.sessions = {{"a", {1}}, {"b", {2}}};
  joinAs(1, "a");
  joinAs(2, "b");
  take();
  loop.advance(milliseconds{61'000});
  site.joinsFail = true;
  renderer.text = "changed";
  groups.render("k");
  EXPECT_THAT(take(), testing::IsEmpty());
  site.joinsFail = false;
  loop.advance(milliseconds{1000});
  EXPECT_THAT(take(), testing::UnorderedElementsAre("push 1", "push 2"));
}

// An answer holds a page, so a client that asks faster than its view may be rendered is owed a bounded number of them.
TEST_F(GroupsTest, AClientIsOwedNoMoreAnswersThanItMayQueue) {
  const auto alice = join(1);
  take();
  for (std::uint64_t i = 0; i < 300; ++i) alice.message(request("save", i));
  for (std::uint64_t i = 300; i < 400; ++i) alice.message(request(std::nullopt, i));
  alice.message(request("save", 400));
  int mostOwed = 0;
  renderer.begins = [&] { mostOwed = std::max(mostOwed, site.running - outlet.replies); };
  for (int i = 0; i < 200 && outlet.replies < 401; ++i) {
    loop.run();
    loop.advance(milliseconds{40});
  }
  EXPECT_EQ(outlet.replies, 401);
  EXPECT_EQ(site.running, 301);
  EXPECT_LE(mostOwed, 64);
  EXPECT_GT(mostOwed, 32);
}

// Group and sockets on loops of their own.
TEST(ARevocation, IsDoneWhenTheSocketsHaveBeenToldToClose) {
  loop::ManualLoop one, two;
  objects::MemoryStore store;
  objects::InlineCommitter committer{store};
  objects::Objects objects{{&one, &two}, committer, {}};
  FakeSite site;
  FakeRenderer renderer;
  const NoReferences references;
  ActionCounts actions;
  const GroupEnvironment environment{site, renderer, references, {}, {}, actions};
  Groups groups{{&one, &two}, environment};
  site.open(objects, groups, seals);
  const auto run = [&] {
    while (one.run() || two.run()) {
    }
  };
  FakeOutlet first{one}, second{two};
  site.sessions = {{"a", {1}}};
  for (FakeOutlet* const outlet : {&first, &second}) {
    Joining joining;
    joining.key = "k";
    joining.link = "/";
    joining.who = std::make_shared<const detail::IdentityOf<Session>>(Session{1});
    joining.kept = "a";
    joining.outlet = outlet;
    joining.socket = {1};
    groups.join(std::move(joining));
    run();
  }
  loop::ManualLoop home;
  TaskSet revoking{home};
  bool done = false;
  revoking.spawn([](Groups& all, bool& ended) -> Task<void> {
    co_await all.revoke(slotOf(1));
    ended = true;
  }(groups, done));
  EXPECT_EQ(groups.revocations(), 1U) << "who joins from now on is asked first";
  const bool isOfOne = groups.numbers(one).groups == 1;
  loop::ManualLoop &ofGroup = isOfOne ? one : two, &ofSockets = isOfOne ? two : one;
  const FakeOutlet& outlet = isOfOne ? second : first;
  ofSockets.run();
  ofGroup.run();
  home.run();
  ofGroup.run();
  EXPECT_THAT(outlet.events, testing::ElementsAre("push 1"));
  EXPECT_FALSE(done);
  ofSockets.run();
  home.run();
  EXPECT_THAT(outlet.events, testing::ElementsAre("push 1", "close 1"));
  EXPECT_TRUE(done);
  groups.clear(run);
}

// Joins, leaves, actions and marks from many threads at once; for ThreadSanitizer.
TEST(GroupsOnThreads, SurviveEveryoneAtOnce) {
  loop::ThreadLoop one, two;
  objects::MemoryStore store;
  objects::InlineCommitter committer{store};
  objects::Objects objects{{&one, &two}, committer, {}};
  FakeSite site;
  FakeRenderer renderer;
  const NoReferences references;
  ActionCounts actions;
  const GroupEnvironment environment{site, renderer, references, {}, {}, actions};
  Groups groups{{&one, &two}, environment};
  site.open(objects, groups, seals);
  site.sessions = {{"somebody", {5}}};
  FakeOutlet first{one}, second{two};
  one.start();
  two.start();

  constexpr int threads = 4, rounds = 100;
  std::vector<std::thread> crowd;
  for (int t = 0; t < threads; ++t)
    crowd.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        Joining joining;
        joining.key = "k" + std::to_string(i % 3);
        joining.link = "/";
        joining.who = std::make_shared<const detail::IdentityOf<Session>>(Session{static_cast<int>(i % 2)});
        if (i % 4 < 2) joining.kept = "somebody";
        joining.revocations = i % 3 ? groups.revocations() : 0;
        joining.outlet = t % 2 ? &first : &second;
        joining.socket = {i + static_cast<std::uint64_t>(t) * rounds};
        const auto member = groups.join(std::move(joining));
        member.message(request("save", i));
        groups.render("k1");
        member.leave();
      }
    });
  for (std::thread& thread : crowd) thread.join();
  TaskSet revoking{one};
  std::latch revoked{1};
  one.post([&] {
    revoking.spawn([](Groups& all, std::latch& done) -> Task<void> {
      for (int role = 0; role < 2; ++role) co_await all.revoke(slotOf(role));
      done.count_down();
    }(groups, revoked));
  });
  revoked.wait();
  while (site.running < threads * rounds) std::this_thread::yield();
  std::latch quiet{1};
  groups.drain([&] { quiet.count_down(); });
  quiet.wait();
  groups.clear();
  objects.stop();
  one.stop();
  two.stop();
  one.join();
  two.join();
}

}  // namespace
}  // namespace duramen::realtime
