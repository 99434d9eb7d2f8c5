#include "objects/committer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "loop/manual_loop.h"
#include "objects/memory_store.h"

namespace duramen::objects {
namespace {

using ::testing::ElementsAre;
using Reason = StoreFailure::Reason;

// Lets the test see each batch and say what becomes of it.
class ScriptedStore final : public Store {
 public:
  Stored<void> apply(std::span<const WriteSet* const> sets) override {
    waits = true;
    if (before) before(sets);
    const std::unique_lock lock{mutex_};
    batches_.push_back(sets.size());
    for (const WriteSet* set : sets)
      if (damaged && set->object == *damaged) return std::unexpected(StoreFailure{Reason::unreadable, "scripted"});
    if (fails_.empty()) return kept_.apply(sets);
    const Reason reason = fails_.front();
    fails_.pop_front();
    if (reason == Reason::noMemory) throw std::bad_alloc();
    return std::unexpected(StoreFailure{reason, "scripted"});
  }
  Stored<StoredObject> load(const ObjectId& object) override {
    if (loadsFindNoMemory) throw std::bad_alloc();
    return kept_.load(object);
  }
  Stored<void> checkpoint(bool) override {
    ++checkpoints;
    if (checkpointFails) return std::unexpected(StoreFailure{Reason::failed, "fsync"});
    return {};
  }
  Stored<void> probe() override {
    ++probes;
    if (hasRoom) return {};
    return std::unexpected(StoreFailure{Reason::full, "still full"});
  }

  void failNext(Reason reason) {
    const std::unique_lock lock{mutex_};
    fails_.push_back(reason);
  }
  // No batch is applied while the test holds this.
  std::unique_lock<std::mutex> hold() { return std::unique_lock{mutex_}; }
  std::vector<std::size_t> batches() {
    const std::unique_lock lock{mutex_};
    return batches_;
  }
  std::size_t objects() const { return kept_.size(); }

  std::atomic<bool> hasRoom = true, checkpointFails = false, waits = false, loadsFindNoMemory = false;
  std::optional<ObjectId> damaged;  // set while no batch is applied
  std::function<void(std::span<const WriteSet* const>)> before;
  std::atomic<int> probes = 0, checkpoints = 0;

 private:
  std::mutex mutex_;
  std::deque<Reason> fails_;
  std::vector<std::size_t> batches_;
  MemoryStore kept_;
};

class AThreadCommitter : public ::testing::Test {
 protected:
  WriteSet setOf(std::uint8_t object) {
    WriteSet set;
    set.object.bytes[0] = object;
    set.isFirst = true;
    set.className = "notes";
    set.writes = {{"k", std::make_shared<const std::string>("v")}};
    return set;
  }
  void commit(std::uint8_t object) {
    ++expected_;
    committer_->commit(setOf(object), loop_, [this, object](const Stored<void>& result) {
      outcomes_.emplace_back(object, result ? std::nullopt : std::optional{result.error().reason});
    });
  }
  // Runs the loop until all sets are answered.
  void await() {
    while (outcomes_.size() < expected_)
      if (!loop_.run()) std::this_thread::yield();
  }
  std::vector<int> failed() const {
    std::vector<int> all;
    for (const auto& [object, reason] : outcomes_)
      if (reason) all.push_back(object);
    return all;
  }
  std::optional<Reason> outcomeOf(std::uint8_t object) const {
    for (const auto& [each, reason] : outcomes_)
      if (each == object) return reason;
    return Reason::busy;
  }

  loop::ManualLoop loop_;
  ScriptedStore store_;
  std::vector<std::string> stopped_;
  std::vector<std::pair<std::uint8_t, std::optional<Reason>>> outcomes_;
  std::size_t expected_ = 0;
  std::unique_ptr<ThreadCommitter> committer_ = std::make_unique<ThreadCommitter>(
      store_, [this](const std::string& reason) { stopped_.push_back(reason); }, Log{}, std::chrono::seconds{0});
};

TEST_F(AThreadCommitter, AnswersOnTheLoopInOrder) {
  for (std::uint8_t i = 0; i < 50; ++i) commit(i);
  EXPECT_TRUE(outcomes_.empty());  // nobody is answered but by the loop
  await();
  for (std::uint8_t i = 0; i < 50; ++i) EXPECT_EQ(outcomes_[i], (std::pair{i, std::optional<Reason>{}}));
  EXPECT_EQ(store_.objects(), 50U);
}

TEST_F(AThreadCommitter, AppliesWhatCameMeanwhileInOneBatch) {
  {
    const auto held = store_.hold();
    for (std::uint8_t i = 0; i < 10; ++i) commit(i);
  }
  await();
  EXPECT_LE(store_.batches().size(), 10U);
  EXPECT_EQ(store_.objects(), 10U);
  // Those that came while one was applied are at most one batch more, or were in the first.
  const auto batches = store_.batches();
  EXPECT_LE(batches.size(), 2U) << ::testing::PrintToString(batches);
}

TEST_F(AThreadCommitter, WritesWhatIsQueuedBeforeItEnds) {
  for (std::uint8_t i = 0; i < 50; ++i) commit(i);
  committer_.reset();
  EXPECT_EQ(store_.objects(), 50U);
  await();
  EXPECT_TRUE(failed().empty());
}

TEST_F(AThreadCommitter, ReadsWhatItsLoopHasSeenDone) {
  commit(1);
  await();
  std::optional<StoredObject> loaded;
  committer_->load(setOf(1).object, loop_, [&](Stored<StoredObject> result) { loaded = std::move(*result); });
  while (!loaded)
    if (!loop_.run()) std::this_thread::yield();
  EXPECT_EQ(loaded->entries.size(), 1U);
}

TEST_F(AThreadCommitter, WithoutMemoryOneBatchFailsAndWritingGoesOn) {
  store_.failNext(Reason::noMemory);
  commit(1);
  await();
  EXPECT_EQ(outcomeOf(1), Reason::noMemory);
  do {  // until the loop has heard of it
    commit(2);
    await();
  } while (outcomes_.back().second);
  EXPECT_TRUE(stopped_.empty());
  EXPECT_EQ(store_.objects(), 1U);
}

TEST_F(AThreadCommitter, WithoutMemoryAReadFailsAndIsAnswered) {
  const auto failureOf = [&] {
    std::optional<Stored<StoredObject>> loaded;
    committer_->load(setOf(1).object, loop_, [&](Stored<StoredObject> result) { loaded = std::move(result); });
    while (!loaded)
      if (!loop_.run()) std::this_thread::yield();
    return *loaded ? std::nullopt : std::optional{loaded->error().reason};
  };
  store_.loadsFindNoMemory = true;
  EXPECT_EQ(failureOf(), Reason::noMemory);
  store_.loadsFindNoMemory = false;
  EXPECT_EQ(failureOf(), std::nullopt);
}

TEST_F(AThreadCommitter, WaitsWhileAnotherProgramHoldsTheStore) {
  store_.failNext(Reason::busy);
  store_.failNext(Reason::busy);
  commit(1);
  await();
  EXPECT_EQ(outcomeOf(1), std::nullopt);
  EXPECT_THAT(store_.batches(), ElementsAre(1, 1, 1));
}

TEST_F(AThreadCommitter, GivesUpWaitingForAnotherProgramWhenItIsToldTo) {
  for (int i = 0; i < 1000; ++i) store_.failNext(Reason::busy);
  commit(1);
  while (store_.batches().size() < 2) std::this_thread::yield();
  EXPECT_FALSE(loop_.run());
  committer_->giveUpBy(std::chrono::steady_clock::now());
  commit(2);
  committer_.reset();
  await();
  EXPECT_EQ(outcomeOf(1), Reason::busy);
  EXPECT_EQ(outcomeOf(2), Reason::busy);
  EXPECT_EQ(store_.objects(), 0U);
  EXPECT_TRUE(stopped_.empty());
}

TEST_F(AThreadCommitter, FailsOnlyTheSetsOfTheObjectWhosePageIsDamaged) {
  {
    const auto held = store_.hold();
    commit(9);
    while (!store_.waits) std::this_thread::yield();
    for (const int object : {1, 2, 3, 2}) commit(static_cast<std::uint8_t>(object));
    store_.damaged = setOf(2).object;
  }
  await();
  EXPECT_THAT(failed(), ElementsAre(2, 2));
  EXPECT_EQ(outcomeOf(2), Reason::unreadable);
  EXPECT_EQ(store_.objects(), 3U);
  EXPECT_TRUE(stopped_.empty());
  loop_.run();
  store_.damaged.reset();
  commit(2);
  await();
  EXPECT_EQ(outcomes_.back().second, std::nullopt);
}

TEST_F(AThreadCommitter, FailsASetOfAnObjectThatWasHandedOverBeforeItsLoopHeardThatAnEarlierOneFailed) {
  store_.damaged = setOf(2).object;
  commit(2);
  while (store_.batches().size() < 2) std::this_thread::yield();  // in its batch, and alone
  {
    const auto held = store_.hold();
    store_.damaged.reset();
  }
  commit(2);
  commit(1);
  await();
  EXPECT_EQ(failed().size(), 2U);
  EXPECT_EQ(outcomeOf(1), std::nullopt);
}

TEST_F(AThreadCommitter, FailsSuchASetAlsoWhenItsLoopHearsOfTheFailureWhileItWaits) {
  std::latch reached{1}, goesOn{1};
  store_.before = [&, last = setOf(9).object](std::span<const WriteSet* const> sets) {
    if (sets.size() > 1 || sets[0]->object != last) return;
    reached.count_down();
    goesOn.wait();
  };
  {
    const auto held = store_.hold();
    commit(1);
    while (!store_.waits) std::this_thread::yield();
    commit(2);
    commit(9);
    store_.damaged = setOf(2).object;
  }
  reached.wait();  // 2 has failed, and 9 is applied alone
  commit(2);
  loop_.run();
  EXPECT_THAT(failed(), ElementsAre(2));
  store_.damaged.reset();
  goesOn.count_down();
  await();
  EXPECT_THAT(failed(), ElementsAre(2, 2));
}

TEST_F(AThreadCommitter, TellsAFailureAlsoToALoopThatHadNoSetInTheBatch) {
  loop::ManualLoop other;
  std::optional<bool> written;
  const auto commitFromOther = [&](std::uint8_t object) {
    written.reset();
    committer_->commit(setOf(object), other, [&](const Stored<void>& result) { written = result.has_value(); });
    while (!written)
      if (!other.run()) std::this_thread::yield();
  };
  commitFromOther(1);
  store_.failNext(Reason::full);
  commit(2);
  await();
  EXPECT_EQ(outcomeOf(2), Reason::full);
  commit(3);  // every loop is told by then
  await();
  other.run();
  commitFromOther(4);
  EXPECT_TRUE(*written);
}

TEST_F(AThreadCommitter, RefusesOnAFullDiskUntilThereIsRoom) {
  store_.hasRoom = false;
  store_.failNext(Reason::full);
  commit(1);
  await();
  EXPECT_EQ(outcomeOf(1), Reason::full);
  loop_.run();
  commit(2);
  await();
  EXPECT_EQ(outcomeOf(2), Reason::full);
  store_.hasRoom = true;
  while (failed().size() == outcomes_.size()) {  // until the loop has heard of the second failure
    commit(3);
    await();
  }
  EXPECT_TRUE(stopped_.empty());
  EXPECT_GT(store_.probes, 0);
  const int probes = store_.probes;
  commit(4);
  await();
  EXPECT_EQ(store_.probes, probes);
}

TEST_F(AThreadCommitter, FailsASetThatWasHandedOverBeforeItsLoopHeardOfAFailure) {
  {
    const auto held = store_.hold();
    commit(1);
  }
  await();
  store_.failNext(Reason::full);
  commit(2);
  while (store_.batches().size() < 2) std::this_thread::yield();
  commit(3);  // there would be room, but it may rest on 2
  await();
  EXPECT_EQ(outcomeOf(2), Reason::full);
  EXPECT_EQ(outcomeOf(3), Reason::full);
  EXPECT_EQ(store_.objects(), 1U);
  EXPECT_EQ(committer_->counts().failed.value(), 2U);
  while (outcomes_.back().second) {
    commit(4);
    await();
  }
  EXPECT_EQ(store_.objects(), 2U);
}

TEST_F(AThreadCommitter, WritesNoMoreWhenTheDiskFailsAndSaysSoOnce) {
  store_.failNext(Reason::failed);
  commit(1);
  await();
  commit(2);
  await();
  EXPECT_EQ(outcomeOf(1), Reason::failed);
  EXPECT_EQ(outcomeOf(2), Reason::failed);
  EXPECT_EQ(store_.objects(), 0U);
  EXPECT_THAT(store_.batches(), ElementsAre(1));
  EXPECT_THAT(stopped_, ElementsAre("scripted"));
  committer_.reset();
  EXPECT_EQ(store_.checkpoints, 0);
}

TEST_F(AThreadCommitter, WritesNoMoreWhenACheckpointFailsToSync) {
  store_.checkpointFails = true;
  commit(1);
  await();
  EXPECT_EQ(outcomeOf(1), std::nullopt);  // it was durable before
  while (store_.checkpoints == 0) std::this_thread::yield();
  committer_->commit(setOf(2), loop_, [](const Stored<void>&) {});
  committer_.reset();
  EXPECT_EQ(store_.objects(), 1U);
  EXPECT_THAT(stopped_, ElementsAre("fsync"));
}

TEST(AnInlineCommitter, AppliesAtOnceAndAnswersByTheLoop) {
  loop::ManualLoop loop;
  MemoryStore store;
  InlineCommitter committer{store};
  WriteSet set;
  set.isFirst = true;
  bool done = false;
  committer.commit(std::move(set), loop, [&](const Stored<void>& result) { done = result.has_value(); });
  EXPECT_EQ(store.size(), 1U);
  EXPECT_FALSE(done);
  loop.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace duramen::objects
