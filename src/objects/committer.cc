#include "objects/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "base/file_size_signal.h"
#include "base/found_memory.h"

namespace duramen::objects {
namespace {

constexpr std::size_t maxBatch = 4096;
constexpr auto longestExpectation = std::chrono::microseconds{500};
constexpr auto idleAfter = std::chrono::seconds{1};  // without work: time for a checkpoint
constexpr auto busyWait = std::chrono::milliseconds{10};
constexpr auto firstReminder =
    std::chrono::seconds{10};  // that another program holds the store; then each twice as long

// Whoever waits for an answer waits for ever without one: it is tried until there is memory for it.
template <class Use>
void insist(Use use) {
  for (;;) {
    try {
      return use();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(busyWait);
    }
  }
}

StoreFailure noMemory() { return {StoreFailure::Reason::noMemory, "no memory"}; }

}  // namespace

void InlineCommitter::commit(WriteSet set, loop::Loop& loop, Committed done) {
  const WriteSet* const sets[] = {&set};
  loop.post([result = store_.apply(sets), done = std::move(done)]() mutable { done(result); });
}

void InlineCommitter::load(const ObjectId& object, loop::Loop& loop, Loaded done) {
  loop.post([result = store_.load(object), done = std::move(done)]() mutable { done(std::move(result)); });
}

struct ThreadCommitter::Impl {
  struct Commit {
    WriteSet set;
    loop::Loop* loop;
    Committed done;
    std::uint64_t failuresSeen;
  };
  // A set that was handed over before its loop heard of a failure may rest on one that is not there, so it fails too:
  // all such sets, or those of the object, if only its sets failed.
  struct Failures {
    std::mutex mutex;
    std::uint64_t count = 0;
    std::uint64_t ofAll = 0;
    std::map<ObjectId, std::uint64_t> ofObject;
    std::map<loop::Loop*, std::uint64_t> seen;

    bool isStale(const ObjectId& object, std::uint64_t failuresSeen) const {
      if (failuresSeen < ofAll) return true;
      const auto at = ofObject.find(object);
      return at != ofObject.end() && failuresSeen < at->second;
    }
  };
  struct Load {
    ObjectId object;
    loop::Loop* loop;
    Loaded done;
  };
  using Batch = std::vector<Commit>;
  using Answers = std::map<loop::Loop*, std::shared_ptr<std::vector<Committed>>>;

  Impl(Store& s, std::function<void(std::string)> whenStopped, Log where, std::chrono::steady_clock::duration interval)
      : store(s), stopped(std::move(whenStopped)), log(std::move(where)), probeEvery(interval) {
    writer = std::thread([this] { write(); });
    reader = std::thread([this] { read(); });
  }

  void write();
  bool take(Batch& batch);
  void expect(std::unique_lock<std::mutex>& lock);
  Batch takeStale(Batch& batch);
  void finish(Batch& batch, const Stored<void>& result);
  void applyAlone(Batch& batch);
  void answerFailed(Batch& batch, const Stored<void>& result, std::optional<ObjectId> object);
  std::uint64_t noteFailure(std::optional<ObjectId> object);
  std::vector<loop::Loop*> tellable() const;
  void forgetFailures();
  Stored<void> apply(const Batch& batch);
  void warnOfWait(std::chrono::steady_clock::duration waited, std::size_t sets, const std::string& why) const;
  Stored<void> tried(const Batch& batch);
  Stored<void> applyUnlessFull(const Batch& batch);
  static Answers byLoop(Batch& batch);
  void answer(Batch& batch, const Stored<void>& result);
  void tidy(bool idle);
  void fail(const StoreFailure& failure);
  void read();

  Store& store;
  const std::function<void(std::string)> stopped;
  const Log log;
  const std::chrono::steady_clock::duration probeEvery;

  const std::shared_ptr<Failures> failures = std::make_shared<Failures>();
  bool remembers = false;  // failures of single objects; the writer's

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Commit> queue;
  bool ending = false;

  std::mutex readMutex;
  std::condition_variable readArrived;
  std::deque<Load> loads;
  bool readEnding = false;

  CommitCounts counts;
  std::atomic<std::chrono::steady_clock::time_point> givesUpAt{std::chrono::steady_clock::time_point::max()};

  // Of the writer's thread.
  std::size_t lastBatch = 0;
  std::chrono::steady_clock::duration lastCommit{};
  std::chrono::steady_clock::time_point lastProbe{};
  bool full = false;
  std::optional<StoreFailure> broken;
  Stored<void> lastFailure;

  std::thread writer, reader;
};

// Callers that were just answered come back together: waiting a little for them makes one commit of two.
void ThreadCommitter::Impl::expect(std::unique_lock<std::mutex>& lock) {
  if (lastBatch < 2 || queue.size() >= lastBatch) return;
  const auto most = std::min<std::chrono::steady_clock::duration>(lastCommit / 8, longestExpectation);
  arrived.wait_for(lock, most, [this] { return ending || queue.size() >= lastBatch; });
}

// False when all is done and the thread shall end.
bool ThreadCommitter::Impl::take(Batch& batch) {
  std::unique_lock lock{mutex};
  if (queue.empty() && !ending && !arrived.wait_for(lock, idleAfter, [this] { return ending || !queue.empty(); })) {
    lock.unlock();
    tidy(true);
    lock.lock();
    arrived.wait(lock, [this] { return ending || !queue.empty(); });
  }
  if (queue.empty()) return false;
  expect(lock);
  if (queue.size() <= maxBatch) {
    batch.swap(queue);
  } else {
    insist([&] { batch.reserve(maxBatch); });
    const auto end = queue.begin() + maxBatch;
    batch.assign(std::move_iterator{queue.begin()}, std::move_iterator{end});
    queue.erase(queue.begin(), end);
  }
  return true;
}

void ThreadCommitter::Impl::write() {
  blockFileSizeSignal();
  for (Batch batch; take(batch); batch.clear()) {
    if (Batch stale = takeStale(batch); !stale.empty()) {
      counts.failed.add(stale.size());
      answer(stale, lastFailure);
    }
    if (batch.empty()) continue;
    const auto begun = std::chrono::steady_clock::now();
    const Stored<void> result = tried(batch);
    lastCommit = std::chrono::steady_clock::now() - begun;
    lastBatch = batch.size();
    counts.duration.add(lastCommit);
    if (!result && result.error().reason == StoreFailure::Reason::unreadable)
      applyAlone(batch);
    else
      finish(batch, result);
    if (remembers) forgetFailures();
    tidy(false);
  }
}

void ThreadCommitter::Impl::finish(Batch& batch, const Stored<void>& result) {
  (result ? counts.written : counts.failed).add(batch.size());
  if (!result && result.error().reason == StoreFailure::Reason::failed) fail(result.error());
  if (result)
    answer(batch, result);
  else
    answerFailed(batch, result, std::nullopt);
}

// One set of the batch needs a page that is damaged. The others shall not fail with it.
void ThreadCommitter::Impl::applyAlone(Batch& batch) {
  for (Commit& each : batch) {
    Batch alone;
    insist([&] { alone.reserve(1); });
    alone.push_back(std::move(each));
    const ObjectId object = alone.front().set.object;
    if (Batch stale = takeStale(alone); !stale.empty()) {
      counts.failed.add(1);
      answer(stale, lastFailure);
      continue;
    }
    const Stored<void> result = tried(alone);
    if (result || result.error().reason != StoreFailure::Reason::unreadable) {
      finish(alone, result);
      continue;
    }
    static_cast<void>(foundMemory([&] {
      log.error("storage: a set of object " + object.toString() + " cannot be written: " + result.error().what);
    }));
    counts.failed.add(1);
    answerFailed(alone, result, object);
  }
}

Stored<void> ThreadCommitter::Impl::tried(const Batch& batch) {
  try {
    return applyUnlessFull(batch);
  } catch (const std::bad_alloc&) {
    return std::unexpected(noMemory());
  }
}

// Without the lock: nobody else changes what isStale() reads.
ThreadCommitter::Impl::Batch ThreadCommitter::Impl::takeStale(Batch& batch) {
  const auto fresh = [this](const Commit& each) { return !failures->isStale(each.set.object, each.failuresSeen); };
  if (std::ranges::all_of(batch, fresh)) return {};
  Batch kept, taken;
  insist([&] {
    kept.reserve(batch.size());
    taken.reserve(batch.size());
  });
  for (Commit& each : batch) (fresh(each) ? kept : taken).push_back(std::move(each));
  batch.swap(kept);
  return taken;
}

// Each loop hears of the failure together with its answers: what it hands over once it has them is fresh.
void ThreadCommitter::Impl::answerFailed(Batch& batch, const Stored<void>& result, std::optional<ObjectId> object) {
  insist([&] { lastFailure = result; });
  const Answers answers = byLoop(batch);
  const std::uint64_t count = noteFailure(object);
  for (loop::Loop* const loop : tellable()) {
    const auto at = answers.find(loop);
    insist([&] {
      loop->post([loop, result, done = at == answers.end() ? nullptr : at->second, all = failures, count] {
        if (done)
          for (Committed& each : *done) each(result);
        const std::lock_guard told{all->mutex};
        all->seen.find(loop)->second = count;
      });
    });
  }
}

std::uint64_t ThreadCommitter::Impl::noteFailure(std::optional<ObjectId> object) {
  const std::uint64_t count = failures->count + 1;
  if (object) insist([&] { failures->ofObject[*object] = count; });
  const std::lock_guard lock{failures->mutex};
  failures->count = count;
  if (!object) failures->ofAll = count;
  remembers = remembers || object;
  return count;
}

// All loops that have ever handed something over.
std::vector<loop::Loop*> ThreadCommitter::Impl::tellable() const {
  std::vector<loop::Loop*> loops;
  insist([&] {
    const std::lock_guard lock{failures->mutex};
    loops.clear();
    for (const auto& [loop, seen] : failures->seen) loops.push_back(loop);
  });
  return loops;
}

// Those of single objects that every loop has heard of before it handed over what waits.
void ThreadCommitter::Impl::forgetFailures() {
  std::uint64_t heard = std::numeric_limits<std::uint64_t>::max();
  {
    const std::lock_guard lock{mutex};
    for (const Commit& each : queue) heard = std::min(heard, each.failuresSeen);
  }
  const std::lock_guard lock{failures->mutex};
  for (const auto& [loop, seen] : failures->seen) heard = std::min(heard, seen);
  std::erase_if(failures->ofObject, [&](const auto& each) { return each.second <= heard; });
  remembers = !failures->ofObject.empty();
}

Stored<void> ThreadCommitter::Impl::applyUnlessFull(const Batch& batch) {
  if (broken) return std::unexpected(*broken);
  if (full) {
    const auto now = std::chrono::steady_clock::now();
    if (now - lastProbe < probeEvery)
      return std::unexpected(StoreFailure{StoreFailure::Reason::full, "the disk is full"});
    lastProbe = now;
    if (auto room = store.probe(); !room) return room;
    full = false;
    log.info("storage: there is room on the disk again");
  }
  Stored<void> result = apply(batch);
  if (!result && result.error().reason == StoreFailure::Reason::full) {
    full = true;
    lastProbe = std::chrono::steady_clock::now();
    log.error("storage: the disk is full, writes are refused: " + result.error().what);
  }
  return result;
}

// Somebody's shell may hold the database for a while: nothing was begun, so the batch waits.
Stored<void> ThreadCommitter::Impl::apply(const Batch& batch) {
  std::vector<const WriteSet*> sets;
  sets.reserve(batch.size());
  for (const Commit& each : batch) sets.push_back(&each.set);
  const auto begun = std::chrono::steady_clock::now();
  auto reminder = std::chrono::steady_clock::duration::zero();
  for (;;) {
    Stored<void> result = store.apply(sets);
    if (result || result.error().reason != StoreFailure::Reason::busy) return result;
    const auto now = std::chrono::steady_clock::now();
    if (now >= givesUpAt.load())
      return std::unexpected(
          StoreFailure{StoreFailure::Reason::busy, "another program held the database until the server stopped"});
    if (now - begun >= reminder) {
      warnOfWait(now - begun, batch.size(), result.error().what);
      reminder = reminder == reminder.zero() ? firstReminder : reminder * 2;
    }
    std::this_thread::sleep_for(busyWait);
  }
}

void ThreadCommitter::Impl::warnOfWait(std::chrono::steady_clock::duration waited, std::size_t sets,
                                       const std::string& why) const {
  log.warning(fmt::format("storage: another program holds the database, {} {} waited {} s by now: {}", sets,
                          sets == 1 ? "save has" : "saves have",
                          std::chrono::duration_cast<std::chrono::seconds>(waited).count(), why));
}

ThreadCommitter::Impl::Answers ThreadCommitter::Impl::byLoop(Batch& batch) {
  Answers answers;
  insist([&] {
    answers.clear();
    for (const Commit& each : batch) {
      auto& done = answers[each.loop];
      if (done) continue;
      done = std::make_shared<std::vector<Committed>>();
      done->reserve(batch.size());
    }
  });
  for (Commit& each : batch) answers.find(each.loop)->second->push_back(std::move(each.done));
  return answers;
}

void ThreadCommitter::Impl::answer(Batch& batch, const Stored<void>& result) {
  for (const auto& [loop, done] : byLoop(batch))
    insist([&] {
      loop->post([result, done = done] {
        for (Committed& each : *done) each(result);
      });
    });
}

void ThreadCommitter::Impl::tidy(bool idle) {
  if (broken) return;
  // Without memory there is a next time.
  static_cast<void>(foundMemory([&] {
    if (auto tidied = store.checkpoint(idle); !tidied) fail(tidied.error());
  }));
}

void ThreadCommitter::Impl::fail(const StoreFailure& failure) {
  if (broken) return;
  insist([&] { broken = failure; });
  static_cast<void>(
      foundMemory([&] { log.error("storage: the disk failed, nothing more is written: " + failure.what); }));
  if (stopped) insist([&] { stopped(failure.what); });
}

void ThreadCommitter::Impl::read() {
  blockFileSizeSignal();
  for (;;) {
    std::unique_lock lock{readMutex};
    readArrived.wait(lock, [this] { return readEnding || !loads.empty(); });
    if (loads.empty()) return;
    Load load = std::move(loads.front());
    loads.pop_front();
    lock.unlock();
    struct Answer {
      Stored<StoredObject> result;
      Loaded done;
    };
    std::shared_ptr<Answer> answer;
    insist([&] { answer = std::make_shared<Answer>(std::unexpected(noMemory()), nullptr); });
    answer->done = std::move(load.done);
    // The answer says so if there is no memory.
    static_cast<void>(foundMemory([&] { answer->result = store.load(load.object); }));
    insist([&] { load.loop->post([answer] { answer->done(std::move(answer->result)); }); });
  }
}

ThreadCommitter::ThreadCommitter(Store& store, std::function<void(std::string)> stopped, Log log,
                                 std::chrono::steady_clock::duration probeEvery)
    : impl_(std::make_unique<Impl>(store, std::move(stopped), std::move(log), probeEvery)) {}

ThreadCommitter::~ThreadCommitter() {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->ending = true;
  }
  impl_->arrived.notify_one();
  {
    const std::lock_guard lock{impl_->readMutex};
    impl_->readEnding = true;
  }
  impl_->readArrived.notify_one();
  impl_->writer.join();
  impl_->reader.join();
}

void ThreadCommitter::giveUpBy(std::chrono::steady_clock::time_point when) { impl_->givesUpAt = when; }

const CommitCounts& ThreadCommitter::counts() const { return impl_->counts; }

void ThreadCommitter::commit(WriteSet set, loop::Loop& loop, Committed done) {
  std::uint64_t failuresSeen = 0;
  {
    Impl::Failures& failures = *impl_->failures;
    const std::lock_guard lock{failures.mutex};
    failuresSeen = failures.seen.try_emplace(&loop, failures.count).first->second;
  }
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->queue.push_back({std::move(set), &loop, std::move(done), failuresSeen});
  }
  impl_->arrived.notify_one();
}

void ThreadCommitter::load(const ObjectId& object, loop::Loop& loop, Loaded done) {
  {
    const std::lock_guard lock{impl_->readMutex};
    impl_->loads.push_back({object, &loop, std::move(done)});
  }
  impl_->readArrived.notify_one();
}

}  // namespace duramen::objects
