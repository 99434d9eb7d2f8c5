// Objects on a loop that the test runs: events, gates, errors, what leaves memory.

#include "objects/objects.h"

#include <gmock/gmock.h>

#include <deque>

#include "base/task_set.h"
#include "duramen/merged_text.h"
#include "loop/manual_loop.h"
#include "objects/memory_store.h"

namespace duramen::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Counter;
struct Env {
  Namespace<Counter> counters{"counters"};
};

// Waits until the test opens it.
class Door {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) { waiting_.push_back(waiter); }
  void await_resume() const {}
  void open() {
    for (const auto each : std::exchange(waiting_, {})) each.resume();
  }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::vector<std::coroutine_handle<>> waiting_;
};

// What the test and the objects see of each other.
struct World {
  Door door;
  std::vector<std::string> seen;
  int constructed = 0;
  int destroyed = 0;
  bool constructorThrows = false;
  Env* env = nullptr;
};

class Counter : public DurableObject {
 public:
  Counter(ObjectState& state, World& world) : DurableObject(state), world_(world) {
    ++world_.constructed;
    if (world_.constructorThrows) throw std::runtime_error("not today");
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() override { ++world_.destroyed; }

  int value() const { return storage().get<int>("value").value_or(0); }
  int add(int more) {
    storage().put("value", value() + more);
    return value();
  }
  int addThenThrow(int more) {
    add(more);
    throw std::runtime_error("thrown by the method");
  }
  Task<int> addSlowly(int more) {
    world_.seen.push_back("begins " + std::to_string(more));
    const int before = value();
    co_await world_.door;
    storage().put("value", before + more);
    world_.seen.push_back("ends " + std::to_string(more));
    co_return value();
  }
  Task<int> addTo(std::string other, int more) {
    add(1);
    const int result = co_await world_.env->counters.at(other).call<&Counter::add>(more);
    co_return result;
  }
  Task<int> readsThrough(std::string other, std::string back) {
    const int result = co_await world_.env->counters.at(other).call<&Counter::addTo>(back, 1);
    co_return result;
  }
  Task<void> addAndSync() {
    add(1);
    try {
      co_await storage().sync();
    } catch (const StorageError&) {
      world_.seen.emplace_back("not durable");
      throw;
    }
    world_.seen.emplace_back("durable");
  }
  // In work of its own, when no event runs.
  void addLater(int more) {
    state().loop().post([this, more] { add(more); });
  }
  std::string name() const { return std::string(key()); }
  void hold() { hold_ = state().hold(); }
  void release() { hold_ = {}; }
  void store(std::string name, std::string value) { storage().put(name, value); }
  std::string stored(std::string name) const { return storage().get<std::string>(name).value_or("nothing"); }
  int asNumber(std::string name) const { return storage().get<int>(name).value_or(-1); }
  void forgetAll() { storage().deleteAll(); }
  void storeAndForgetAll(std::string name) {
    store(std::move(name), "v");
    forgetAll();
  }
  std::vector<std::string> keys(std::string prefix) const { return storage().list(prefix); }

 private:
  World& world_;
  ObjectState::Hold hold_;
};

// Holds sets until the test lets them through, or fails them.
class HeldCommitter final : public Committer {
 public:
  explicit HeldCommitter(Store& store) : store_(store) {}
  void commit(WriteSet set, loop::Loop& loop, Committed done) override {
    queue_.push_back({std::move(set), &loop, std::move(done)});
    if (!holds) release();
  }
  void load(const ObjectId& object, loop::Loop& loop, Loaded done) override {
    ++loads;
    loop.post([result = loadFails ? Stored<StoredObject>{std::unexpected(StoreFailure{{}, "bad sector"})}
                                  : store_.load(object),
               done = std::move(done)]() mutable { done(std::move(result)); });
  }
  void release(std::optional<StoreFailure> failure = {}) {
    for (Held& each : std::exchange(queue_, {})) {
      const WriteSet* const sets[] = {&each.set};
      Stored<void> result = failure ? Stored<void>{std::unexpected(*failure)} : store_.apply(sets);
      each.loop->post([result = std::move(result), done = std::move(each.done)]() mutable { done(result); });
    }
  }
  std::size_t held() const { return queue_.size(); }
  bool holds = false;
  bool loadFails = false;
  int loads = 0;

 private:
  struct Held {
    WriteSet set;
    loop::Loop* loop;
    Committed done;
  };
  Store& store_;
  std::deque<Held> queue_;
};

// What became of a call.
template <class R>
struct Answer {
  std::optional<R> value;
  std::string error;
  std::optional<StorageError::Reason> reason;
  bool pending() const { return !value && error.empty(); }
};

template <class R>
Task<void> into(Call<R> call, std::shared_ptr<Answer<R>> answer) {
  try {
    answer->value.emplace(co_await std::move(call));
  } catch (const StorageError& error) {
    answer->error = error.what();
    answer->reason = error.reason();
  } catch (const std::exception& error) {
    answer->error = error.what();
  }
}
inline Task<void> intoNothing(Call<void> call, std::shared_ptr<Answer<bool>> answer) {
  try {
    co_await std::move(call);
    answer->value = true;
  } catch (const StorageError& error) {
    answer->error = error.what();
    answer->reason = error.reason();
  } catch (const std::exception& error) {
    answer->error = error.what();
  }
}

class TheObjects : public ::testing::Test {
 protected:
  TheObjects() {
    world_.env = &env_;
    openWith({});
  }
  void openWith(Objects::Options options) {
    objects_.reset();
    options.wallSeconds = [] { return std::int64_t{1'000'000}; };
    env_ = {};
    objects_ = std::make_unique<Objects>(std::vector<loop::Loop*>{&loop_}, committer_, std::move(options));
    env_.counters.open(*objects_, [this](ObjectState& state) { return std::make_unique<Counter>(state, world_); });
  }
  template <auto Method, class... Args>
  auto begin(std::string_view name, Args... args) {
    auto call = env_.counters.at(name).call<Method>(std::move(args)...);
    using R = typename detail::MethodTraits<decltype(Method)>::Result;
    if constexpr (std::is_void_v<R>) {
      auto answer = std::make_shared<Answer<bool>>();
      tasks_.spawn(intoNothing(std::move(call), answer), tracker_);
      return answer;
    } else {
      auto answer = std::make_shared<Answer<R>>();
      tasks_.spawn(into<R>(std::move(call), answer), tracker_);
      return answer;
    }
  }
  template <auto Method, class... Args>
  auto answerOf(std::string_view name, Args... args) {
    auto answer = begin<Method>(name, std::move(args)...);
    loop_.run();
    return *answer;
  }

  World world_;
  loop::ManualLoop loop_;
  MemoryStore store_;
  HeldCommitter committer_{store_};
  Env env_;
  Tracker* tracker_ = nullptr;
  std::unique_ptr<Objects> objects_;
  TaskSet tasks_{loop_};
};

TEST_F(TheObjects, AnswerCallsAndKeepWhatTheyStore) {
  EXPECT_EQ(answerOf<&Counter::add>("a", 2).value, 2);
  EXPECT_EQ(answerOf<&Counter::add>("a", 3).value, 5);
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 5);
  EXPECT_EQ(answerOf<&Counter::value>("b").value, 0);
  EXPECT_EQ(answerOf<&Counter::name>("a").value, "a");
  EXPECT_EQ(store_.size(), 1U);  // b was only read
}

TEST_F(TheObjects, AreReachedByIdToo) {
  answerOf<&Counter::add>("a", 2);
  const ObjectId id = env_.counters.idFromName("a");
  EXPECT_EQ(env_.counters.getByName("a").id(), id);
  auto answer = std::make_shared<Answer<int>>();
  tasks_.spawn(into<int>(env_.counters.get(id).call<&Counter::value>(), answer));
  loop_.run();
  EXPECT_EQ(answer->value, 2);
  loop_.advance(std::chrono::seconds{80});
  auto name = std::make_shared<Answer<std::string>>();
  tasks_.spawn(into<std::string>(env_.counters.get(id).call<&Counter::name>(), name));
  loop_.run();
  EXPECT_EQ(name->value, "a");  // the store knows it
  EXPECT_THROW((void)env_.counters.get(idFromName(namespaceKey("others"), "a")), std::invalid_argument);
}

TEST_F(TheObjects, BeginACallWhenItIsAwaitedAndNotBefore) {
  {
    auto call = env_.counters.at("a").call<&Counter::add>(1);
  }
  loop_.run();
  EXPECT_EQ(world_.constructed, 0);
}

TEST_F(TheObjects, RunOneEventAtATimeAwaitsIncluded) {
  const auto first = begin<&Counter::addSlowly>("a", 1), second = begin<&Counter::addSlowly>("a", 2);
  const auto other = begin<&Counter::add>("b", 1);
  loop_.run();
  EXPECT_THAT(world_.seen, ElementsAre("begins 1"));
  EXPECT_EQ(other->value, 1);
  world_.door.open();
  loop_.run();
  EXPECT_THAT(world_.seen, ElementsAre("begins 1", "ends 1", "begins 2"));
  EXPECT_EQ(first->value, 1);
  EXPECT_TRUE(second->pending());
  world_.door.open();
  loop_.run();
  EXPECT_EQ(second->value, 3);
}

TEST_F(TheObjects, EndACallWhoseCallerWasDroppedAndDoNotBeginOneThatWaits) {
  auto callers = std::make_unique<TaskSet>(loop_);
  const auto drop = [&](int more) {
    callers->spawn(into<int>(env_.counters.at("a").call<&Counter::addSlowly>(more), std::make_shared<Answer<int>>()));
  };
  drop(1);
  drop(2);
  loop_.run();
  callers.reset();
  world_.door.open();
  loop_.run();
  EXPECT_THAT(world_.seen, ElementsAre("begins 1", "ends 1"));
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 1);
}

TEST_F(TheObjects, HoldAnAnswerUntilWhatItsEventWroteIsDurable) {
  committer_.holds = true;
  const auto write = begin<&Counter::add>("a", 1);
  loop_.run();
  EXPECT_TRUE(write->pending());
  const auto read = begin<&Counter::value>("a");  // it sees what could still be lost
  const auto other = begin<&Counter::value>("b");
  loop_.run();
  EXPECT_TRUE(read->pending());
  EXPECT_EQ(other->value, 0);
  committer_.release();
  loop_.run();
  EXPECT_EQ(write->value, 1);
  EXPECT_EQ(read->value, 1);
}

TEST_F(TheObjects, HandOverTheWritesOfAnEventAsOneSet) {
  committer_.holds = true;
  begin<&Counter::addSlowly>("a", 1);
  loop_.run();
  EXPECT_EQ(committer_.held(), 0U);
  world_.door.open();
  loop_.run();
  EXPECT_EQ(committer_.held(), 1U);
}

TEST_F(TheObjects, LetACallToAnotherObjectLeaveOnlyAfterTheirOwnWrites) {
  committer_.holds = true;
  const auto answer = begin<&Counter::addTo>("a", std::string("b"), 5);
  loop_.run();
  EXPECT_EQ(committer_.held(), 1U);
  EXPECT_EQ(world_.constructed, 1);
  committer_.release();
  loop_.run();
  EXPECT_EQ(world_.constructed, 2);
  EXPECT_TRUE(answer->pending());
  committer_.release();
  loop_.run();
  EXPECT_EQ(answer->value, 5);
}

TEST_F(TheObjects, WaitInSyncUntilAllIsDurable) {
  committer_.holds = true;
  const auto answer = begin<&Counter::addAndSync>("a");
  loop_.run();
  EXPECT_TRUE(world_.seen.empty());
  committer_.release();
  loop_.run();
  EXPECT_THAT(world_.seen, ElementsAre("durable"));
  EXPECT_EQ(answer->value, true);
}

TEST_F(TheObjects, TellTheLogOfCallsThatWaitForLong) {
  using namespace std::chrono_literals;
  std::vector<std::string> lines;
  Objects::Options options;
  options.log = Log{[&](LogLevel, std::string_view text) { lines.emplace_back(text); }};
  openWith(std::move(options));
  const auto first = begin<&Counter::addSlowly>("a", 1);
  loop_.advance(1s);
  const auto second = begin<&Counter::add>("a", 1);
  loop_.advance(3900ms);
  EXPECT_THAT(lines, ElementsAre());
  loop_.advance(200ms);
  EXPECT_THAT(
      lines,
      ElementsAre(
          "a call of Counter::addSlowly of object counters/a has waited for 5.0 s: its event runs, and waits for "
          "something itself"));
  loop_.advance(20s);
  ASSERT_EQ(lines.size(), 2U);  // each is told of once
  EXPECT_EQ(lines[1], "a call of Counter::add of object counters/a has waited for 5.0 s: other events are before it");
  world_.door.open();
  loop_.run();
  EXPECT_EQ(second->value, 2);
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(TheObjects, TellTheLogOfACallThatWaitedForTheDisk) {
  using namespace std::chrono_literals;
  std::vector<std::string> lines;
  Objects::Options options;
  options.log = Log{[&](LogLevel, std::string_view text) { lines.emplace_back(text); }};
  openWith(std::move(options));
  committer_.holds = true;
  const auto added = begin<&Counter::add>("a", 1);
  loop_.advance(7s);
  EXPECT_TRUE(added->pending());
  committer_.release();
  loop_.run();
  EXPECT_EQ(added->value, 1);
  EXPECT_THAT(
      lines,
      ElementsAre(
          "a call of Counter::add of object counters/a has waited for 7.0 s: the disk had to take what it depends on"));
}

TEST_F(TheObjects, SayThatACallWouldWaitForItself) {
  EXPECT_THAT(answerOf<&Counter::addTo>("a", std::string("a"), 1).error, HasSubstr("object counters/a is called by"));
  EXPECT_THAT(answerOf<&Counter::readsThrough>("a", std::string("b"), std::string("a")).error,
              HasSubstr("wait for ever"));
  EXPECT_EQ(answerOf<&Counter::addTo>("a", std::string("c"), 1).value, 1);
}

TEST_F(TheObjects, PassOnWhatAMethodThrowsAndKeepWhatItWrote) {
  EXPECT_EQ(answerOf<&Counter::addThenThrow>("a", 4).error, "thrown by the method");
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 4);
  EXPECT_EQ(world_.constructed, 1);
}

TEST_F(TheObjects, FailTheEventWhoseConstructorThrowsAndMakeTheNextOneAnew) {
  world_.constructorThrows = true;
  EXPECT_EQ(answerOf<&Counter::value>("a").error, "not today");
  world_.constructorThrows = false;
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 0);
  EXPECT_EQ(world_.constructed, 2);
}

TEST_F(TheObjects, FailAlsoManyEventsThatWaitedTogether) {
  world_.constructorThrows = true;
  std::vector<std::shared_ptr<Answer<int>>> answers;
  for (int i = 0; i < 200; ++i) answers.push_back(begin<&Counter::value>("a"));
  loop_.run();
  for (const auto& answer : answers) EXPECT_EQ(answer->error, "not today");
}

TEST_F(TheObjects, ForgetWhatAFullDiskRefusedAndGoOnReading) {
  answerOf<&Counter::add>("a", 1);
  committer_.holds = true;
  const auto write = begin<&Counter::add>("a", 10), read = begin<&Counter::value>("a");
  loop_.run();
  committer_.release(StoreFailure{StoreFailure::Reason::full, "no space"});
  loop_.run();
  EXPECT_EQ(write->reason, StorageError::Reason::storageFull);
  EXPECT_EQ(write->error, "object counters/a: no space");
  EXPECT_EQ(read->reason, StorageError::Reason::storageFull);  // it had seen the write
  committer_.holds = false;
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 1);
  EXPECT_EQ(answerOf<&Counter::add>("a", 1).value, 2);
}

TEST_F(TheObjects, EndEventsThatWaitWhenTheirObjectIsReset) {
  committer_.holds = true;
  const auto calls = begin<&Counter::addTo>("a", std::string("b"), 5);
  const auto syncs = begin<&Counter::addAndSync>("c");
  const auto waits = begin<&Counter::value>("c");
  loop_.run();
  committer_.release(StoreFailure{StoreFailure::Reason::failed, "fsync"});
  loop_.run();
  EXPECT_EQ(calls->reason, StorageError::Reason::outcomeUnknown);
  EXPECT_EQ(syncs->reason, StorageError::Reason::outcomeUnknown);
  EXPECT_TRUE(world_.seen.empty());
  EXPECT_EQ(waits->value, 0);                          // its event begins with what is stored
  EXPECT_EQ(answerOf<&Counter::value>("b").value, 0);  // the call never left
}

TEST_F(TheObjects, SayWhenOneCannotBeRead) {
  committer_.loadFails = true;
  const auto answer = answerOf<&Counter::value>("a");
  EXPECT_EQ(answer.reason, StorageError::Reason::unreadable);
  EXPECT_EQ(answer.error, "object counters/a could not be read: bad sector");
  committer_.loadFails = false;
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 0);
}

TEST_F(TheObjects, LeaveMemoryAfterSeventySecondsWithNothingPending) {
  answerOf<&Counter::add>("a", 1);
  answerOf<&Counter::hold>("held");
  begin<&Counter::addSlowly>("busy", 1);
  loop_.run();
  loop_.advance(std::chrono::seconds{60});
  answerOf<&Counter::value>("b");
  loop_.advance(std::chrono::seconds{9});
  EXPECT_EQ(objects_->size(), 4U);
  loop_.advance(std::chrono::seconds{2});
  EXPECT_EQ(objects_->size(), 3U);  // a is gone
  loop_.advance(std::chrono::seconds{60});
  EXPECT_EQ(objects_->size(), 2U);  // and b
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 1);
  answerOf<&Counter::release>("held");
  world_.door.open();
  loop_.advance(std::chrono::seconds{150});
  EXPECT_EQ(objects_->size(), 0U);
  EXPECT_EQ(world_.constructed, world_.destroyed);
}

TEST_F(TheObjects, StayInMemoryWhileASetIsOnItsWay) {
  committer_.holds = true;
  begin<&Counter::add>("a", 1);
  loop_.run();
  loop_.advance(std::chrono::seconds{1000});
  EXPECT_EQ(objects_->size(), 1U);
  committer_.release();
  loop_.run();
  loop_.advance(std::chrono::seconds{150});
  EXPECT_EQ(objects_->size(), 0U);
}

TEST_F(TheObjects, StayInMemoryWithWhatNoEventHasHandedOver) {
  answerOf<&Counter::addLater>("a", 1);
  loop_.advance(std::chrono::seconds{1000});
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 1);
  loop_.advance(std::chrono::seconds{150});
  EXPECT_EQ(objects_->size(), 0U);
  EXPECT_EQ(answerOf<&Counter::value>("a").value, 1);
}

TEST_F(TheObjects, LeaveTheLongestIdleFirstAboveTheLimit) {
  Objects::Options options;
  options.most = 3;
  openWith(options);
  answerOf<&Counter::hold>("held");
  for (const char* name : {"a", "b", "a", "c"}) answerOf<&Counter::value>(name);
  EXPECT_EQ(objects_->size(), 3U);
  committer_.loads = 0;
  answerOf<&Counter::value>("a");
  EXPECT_EQ(committer_.loads, 0);
  answerOf<&Counter::value>("b");
  EXPECT_EQ(committer_.loads, 1);
}

TEST_F(TheObjects, LeaveTheLongestIdleFirstAboveTheMemoryThatTheyMayHave) {
  Objects::Options options;
  options.mostBytes = 5'000'000;
  openWith(options);
  const std::string big(1'500'000, 'x');
  for (const char* name : {"a", "b", "c"}) answerOf<&Counter::store>(name, "k", big);
  answerOf<&Counter::stored>("a", "k");
  loop_.advance({});
  EXPECT_EQ(objects_->size(), 3U);
  answerOf<&Counter::store>("d", "k", big);
  loop_.advance({});
  EXPECT_EQ(objects_->size(), 3U);
  committer_.loads = 0;
  answerOf<&Counter::stored>("a", "k");
  EXPECT_EQ(committer_.loads, 0);
  EXPECT_EQ(answerOf<&Counter::stored>("b", "k").value, big);
  EXPECT_EQ(committer_.loads, 1);
}

TEST_F(TheObjects, LeaveMemoryAlsoBehindOneThatIsBusy) {
  Objects::Options options;
  options.mostBytes = 4'000'000;
  openWith(options);
  const auto busy = begin<&Counter::addSlowly>("busy", 1);
  for (const char* name : {"a", "b", "c"}) answerOf<&Counter::store>(name, "k", std::string(1'500'000, 'x'));
  loop_.advance({});
  EXPECT_EQ(objects_->size(), 3U);
  world_.door.open();
  loop_.run();
  EXPECT_EQ(busy->value, 1);
}

TEST_F(TheObjects, CountWhatEachCostsBesideItsBytes) {
  Objects::Options options;
  options.mostBytes = 100'000;
  openWith(options);
  for (int i = 0; i < 1000; ++i) answerOf<&Counter::value>(std::to_string(i));
  loop_.advance(std::chrono::milliseconds{1});
  EXPECT_LT(objects_->size(), 50U);
  EXPECT_GT(objects_->size(), 10U);
}

TEST_F(TheObjects, StayInMemoryAboveTheirLimitWhileASetIsOnItsWay) {
  Objects::Options options;
  options.mostBytes = 1'000'000;
  openWith(options);
  committer_.holds = true;
  begin<&Counter::store>("a", "k", std::string(1'500'000, 'x'));
  loop_.run();
  loop_.advance(std::chrono::seconds{1});
  EXPECT_EQ(objects_->size(), 1U);
  committer_.release();
  loop_.run();
  loop_.advance(std::chrono::seconds{1});
  EXPECT_EQ(objects_->size(), 0U);
}

// A million; fewer where sanitizers make them slow.
constexpr int madeUp = DURAMEN_SANITIZED ? 200'000 : 1'000'000;

Task<void> readEach(const Env& env, int count) {
  for (int i = 0; i < count; ++i) co_await env.counters.at(i).call<&Counter::value>();
}

TEST_F(TheObjects, OfKeysThatSomebodyMadeUpLeaveNothingBehind) {
  tasks_.spawn(readEach(env_, madeUp));
  loop_.run();
  EXPECT_EQ(world_.constructed, madeUp);
  EXPECT_LE(objects_->size(), 10'000U);
  EXPECT_EQ(store_.size(), 0U);
  loop_.advance(std::chrono::seconds{72});
  EXPECT_EQ(objects_->size(), 0U);
  EXPECT_EQ(world_.destroyed, madeUp);
}

class Reads : public Tracker {
 public:
  void reads(const ObjectId& object) override { all.push_back(object); }
  std::vector<ObjectId> all;
};

TEST_F(TheObjects, TellARenderWhatItReads) {
  Reads reads;
  tracker_ = &reads;
  answerOf<&Counter::add>("a", 1);
  EXPECT_TRUE(reads.all.empty());
  const auto answer = begin<&Counter::value>("b");
  EXPECT_THAT(reads.all, ElementsAre(env_.counters.idFromName("b")));  // before the method runs
  loop_.run();
}

TEST_F(TheObjects, RefuseValuesBeyondTheLimitsAndStayAsTheyWere) {
  const auto refused = [&](std::string key, std::string value) {
    const auto answer = answerOf<&Counter::store>("a", std::move(key), std::move(value));
    EXPECT_EQ(answer.reason, StorageError::Reason::refused);
    return answer.error;
  };
  EXPECT_THAT(refused("", "v"), HasSubstr("object counters/a, key : a key of 1 to 2048 bytes"));
  EXPECT_THAT(refused(std::string(2049, 'k'), "v"), HasSubstr("a key of 1 to 2048 bytes"));
  EXPECT_THAT(refused("k", std::string(2 * 1024 * 1024, 'v')), HasSubstr("at most 2097152 were expected"));
  EXPECT_THAT(refused("k", "\xff"), HasSubstr("cannot be stored"));
  const std::string big(2'000'000, 'v');
  EXPECT_TRUE(answerOf<&Counter::store>("a", std::string("1"), big).value);
  EXPECT_TRUE(answerOf<&Counter::store>("a", std::string("2"), big).value);
  EXPECT_THAT(refused("3", big), HasSubstr("the object would have more than 4194304 bytes"));
  EXPECT_TRUE(answerOf<&Counter::store>("a", std::string("2"), big).value);  // in the place of the old
  EXPECT_THAT(*answerOf<&Counter::keys>("a", std::string("")).value, ElementsAre("1", "2"));
  EXPECT_TRUE(answerOf<&Counter::store>("a", std::string(2048, 'k'), std::string("v")).value);
}

TEST_F(TheObjects, NameObjectKeyAndMemberOfWhatDoesNotDecode) {
  answerOf<&Counter::store>("a", std::string("k"), std::string("text"));
  const auto answer = answerOf<&Counter::asNumber>("a", std::string("k"));
  EXPECT_EQ(answer.reason, StorageError::Reason::undecodable);
  EXPECT_EQ(answer.error, "object counters/a, key k: expected a number, got text");
}

TEST_F(TheObjects, ForgetAllThatIsDeletedAndBeginAnew) {
  answerOf<&Counter::store>("a", std::string("x1"), std::string("v"));
  answerOf<&Counter::store>("a", std::string("x2"), std::string("v"));
  answerOf<&Counter::store>("a", std::string("y"), std::string("v"));
  EXPECT_THAT(*answerOf<&Counter::keys>("a", std::string("x")).value, ElementsAre("x1", "x2"));
  answerOf<&Counter::forgetAll>("a");
  EXPECT_EQ(store_.size(), 0U);
  EXPECT_EQ(answerOf<&Counter::stored>("a", std::string("y")).value, "nothing");
  answerOf<&Counter::store>("a", std::string("z"), std::string("v"));
  loop_.advance(std::chrono::seconds{150});
  EXPECT_THAT(*answerOf<&Counter::keys>("a", std::string("")).value, ElementsAre("z"));
}

TEST_F(TheObjects, StoreWhatComesAfterADeletionAndNothingOfWhatCameBefore) {
  answerOf<&Counter::store>("a", std::string("x"), std::string("v"));
  answerOf<&Counter::storeAndForgetAll>("a", std::string("y"));
  for (const char* key : {"1", "2"}) answerOf<&Counter::store>("a", std::string(key), std::string("v"));
  loop_.advance(std::chrono::seconds{150});
  ASSERT_EQ(objects_->size(), 0U);
  auto name = std::make_shared<Answer<std::string>>();
  tasks_.spawn(into<std::string>(env_.counters.get(env_.counters.idFromName("a")).call<&Counter::name>(), name));
  loop_.run();
  EXPECT_EQ(name->value, "a") << "it was entered anew";
  EXPECT_THAT(*answerOf<&Counter::keys>("a", std::string("")).value, ElementsAre("1", "2"));
}

TEST_F(TheObjects, EndWithTheServer) {
  answerOf<&Counter::value>("a");
  objects_->stop([&] { loop_.run(); });
  EXPECT_EQ(world_.destroyed, 1);
  const auto answer = answerOf<&Counter::value>("a");
  EXPECT_EQ(answer.reason, StorageError::Reason::stopped);
  objects_.reset();
  EXPECT_THAT(answerOf<&Counter::value>("a").error, HasSubstr("its server has gone"));
}

TEST_F(TheObjects, FailWhatRunsAndWhatWaitsWhenTheServerStops) {
  const auto runs = begin<&Counter::addSlowly>("a", 1);
  const auto waits = begin<&Counter::value>("a");
  loop_.run();
  EXPECT_TRUE(runs->pending());
  EXPECT_TRUE(waits->pending());
  objects_->stop([&] { loop_.run(); });
  loop_.run();
  EXPECT_EQ(runs->reason, StorageError::Reason::stopped);
  EXPECT_EQ(waits->reason, StorageError::Reason::stopped);
  EXPECT_THAT(world_.seen, ElementsAre("begins 1"));
}

TEST_F(TheObjects, AnswerWhatIsOnItsWayToTheDiskAlsoAfterTheServerHasStopped) {
  committer_.holds = true;
  const auto kept = begin<&Counter::add>("a", 1);
  loop_.run();
  objects_->stop([&] { loop_.run(); });
  EXPECT_TRUE(kept->pending());
  committer_.release();
  loop_.run();
  EXPECT_EQ(kept->value, 1);
}

TEST_F(TheObjects, SayThatTheDiskFailedAlsoAfterTheServerHasStopped) {
  committer_.holds = true;
  const auto lost = begin<&Counter::add>("a", 1);
  loop_.run();
  objects_->stop([&] { loop_.run(); });
  committer_.release(StoreFailure{StoreFailure::Reason::failed, "fsync"});
  loop_.run();
  EXPECT_EQ(lost->reason, StorageError::Reason::outcomeUnknown);
}

TEST(ANamespace, ThatIsNotOpenSaysSo) {
  const Namespace<Counter> counters{"counters"};
  try {
    (void)counters.at("a");
    FAIL();
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "namespace counters is used before a server has taken its Env");
  }
  EXPECT_EQ(counters.idFromName("a"), idFromName(namespaceKey("counters"), "a"));
}

TEST(ANamespace, HasAStoredNameOfItsOwn) {
  loop::ManualLoop loop;
  MemoryStore store;
  InlineCommitter committer{store};
  Objects objects{{&loop}, committer, {}};
  World world;
  const auto make = [&](ObjectState& state) { return std::make_unique<Counter>(state, world); };
  Namespace<Counter> first{"counters"}, second{"counters"};
  first.open(objects, make);
  EXPECT_THROW(second.open(objects, make), std::logic_error);
}

// A class that interleaves.
class Board : public DurableObject {
 public:
  static constexpr bool interleaves = true;
  Board(ObjectState& state, Door& door, const Namespace<Board>& boards)
      : DurableObject(state), door_(door), boards_(boards) {}
  Task<int> wait() {
    storage().put("waits", 1);
    co_await door_;
    co_return 1;
  }
  int waits() const { return storage().get<int>("waits").value_or(0); }
  Task<int> ask(std::string other) {
    const int answer = co_await boards_.at(other).call<&Board::waits>();
    co_return answer;
  }
  Task<int> askThrough(std::string other, std::string back) {
    const int answer = co_await boards_.at(other).call<&Board::ask>(back);
    co_return answer;
  }

 private:
  Door& door_;
  const Namespace<Board>& boards_;
};

TEST(AnObjectThatInterleaves, RunsOtherEventsWhileOneWaitsAndHandsOverWhatItWrote) {
  loop::ManualLoop loop;
  MemoryStore store;
  HeldCommitter committer{store};
  committer.holds = true;
  Objects objects{{&loop}, committer, {}};
  Door door;
  Namespace<Board> boards{"boards"};
  boards.open(objects, [&](ObjectState& state) { return std::make_unique<Board>(state, door, boards); });
  TaskSet tasks{loop};
  const auto begin = [&](Call<int> call) {
    auto answer = std::make_shared<Answer<int>>();
    tasks.spawn(into<int>(std::move(call), answer));
    loop.run();
    return answer;
  };
  const auto first = begin(boards.at("a").call<&Board::wait>());
  EXPECT_EQ(committer.held(), 1U);  // at the suspension, not at the end
  const auto second = begin(boards.at("a").call<&Board::wait>());
  EXPECT_EQ(door.waiting(), 2U);
  const auto read = begin(boards.at("a").call<&Board::waits>());
  EXPECT_TRUE(read->pending());
  committer.holds = false;
  committer.release();
  loop.run();
  EXPECT_EQ(read->value, 1);
  door.open();
  loop.run();
  EXPECT_EQ(first->value, 1);
  EXPECT_EQ(second->value, 1);
  const auto asked = begin(boards.at("a").call<&Board::askThrough>(std::string("b"), std::string("a")));
  EXPECT_EQ(asked->value, 1) << "it does not wait for itself";
}

}  // namespace
}  // namespace duramen::objects
