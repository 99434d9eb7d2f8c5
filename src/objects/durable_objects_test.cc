// Objects on real threads, kept on a real disk.

#include "objects/durable_objects.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <latch>

#include "base/testing/temporary_directory.h"
#include "duramen/merged_text.h"
#include "loop/thread_loop.h"
#include "objects/testing/ask.h"

namespace duramen::objects {
namespace {

using ::testing::HasSubstr;

class Note;
struct Env {
  Namespace<Note> notes{"notes"};
};

class Note : public DurableObject {
 public:
  Note(ObjectState& state, Env& env) : DurableObject(state), env_(env) {}
  Revision text() const { return text_.latest(); }
  Revision save(std::string content, std::optional<Base> base) { return text_.save(std::move(content), base); }
  Task<std::int64_t> count(int hops) {
    storage().put("count", storage().get<std::int64_t>("count").value_or(0) + 1);
    if (hops == 0) co_return 1;
    const std::int64_t deeper = co_await env_.notes.at(std::string(key()) + "'").call<&Note::count>(hops - 1);
    co_return 1 + deeper;
  }
  std::int64_t counted() const { return storage().get<std::int64_t>("count").value_or(0); }
  void fail() { throw std::runtime_error("of note " + std::string(key())); }

 private:
  Env& env_;
  MergedText text_{storage(), "text"};
};

// A server without sockets.
class System {
 public:
  System(const std::filesystem::path& directory, std::size_t loops) {
    std::vector<loop::Loop*> borrowed;
    for (std::size_t i = 0; i < loops; ++i)
      borrowed.push_back(loops_.emplace_back(std::make_unique<loop::ThreadLoop>()).get());
    auto opened = DurableObjects::open(directory.string(), borrowed, {});
    if (!opened) throw std::runtime_error(opened.error());
    objects_ = std::move(*opened);
    env_.notes.open(objects_->objects(), [this](ObjectState& state) { return std::make_unique<Note>(state, env_); });
    for (const auto& each : loops_) each->start();
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  ~System() {
    stop();
    for (const auto& each : loops_) each->stop();
    for (const auto& each : loops_) each->join();
  }
  void stop() { objects_->stop(); }
  void giveUpBy(std::chrono::steady_clock::time_point when) { objects_->giveUpBy(when); }
  Env& env() { return env_; }
  loop::Loop& loop(std::size_t index = 0) { return *loops_[index]; }

 private:
  Env env_;
  std::vector<std::unique_ptr<loop::ThreadLoop>> loops_;
  std::unique_ptr<DurableObjects> objects_;
};

TEST(ADataDirectoryOfObjects, OpensUnderAnyNumberOfLoops) {
  const TemporaryDirectory directory;
  for (const std::size_t loops : {2U, 1U, 5U, 3U}) {
    System system{directory.path(), loops};
    for (int i = 0; i < 20; ++i) {
      const std::string before = ask(system.loop(), system.env().notes.at(i).call<&Note::text>()).content;
      EXPECT_EQ(before, loops == 2 ? "" : "note " + std::to_string(i));  // 2: the first round
      ask(system.loop(), system.env().notes.at(i).call<&Note::save>("note " + std::to_string(i), std::nullopt));
    }
  }
}

TEST(ADataDirectoryOfObjects, IsGivenUpWhenItsServerStops) {
  const TemporaryDirectory directory;
  {
    System system{directory.path(), 1};
    const auto second = DurableObjects::open(directory.path().string(), {}, {});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr("is in use by process"));
    ask(system.loop(), system.env().notes.at("a").call<&Note::save>("kept", std::nullopt));
    system.stop();  // it is still there, but no longer holds the directory
    System next{directory.path(), 1};
    EXPECT_EQ(ask(next.loop(), next.env().notes.at("a").call<&Note::text>()).content, "kept");
  }
  System again{directory.path(), 1};
}

TEST(ADataDirectoryOfObjects, FailsWhatWaitsForAShellWhenItsServerStops) {
  const TemporaryDirectory directory;
  System system{directory.path(), 1};
  ask(system.loop(), system.env().notes.at("a").call<&Note::save>("before", std::nullopt));
  auto shell = Connection::open(directory.path() / "store.sqlite");
  ASSERT_TRUE(shell->run("BEGIN IMMEDIATE"));
  system.giveUpBy(std::chrono::steady_clock::now());
  try {
    ask(system.loop(), system.env().notes.at("a").call<&Note::save>("after", std::nullopt));
    FAIL() << "saved";
  } catch (const StorageError& error) {
    EXPECT_EQ(error.reason(), StorageError::Reason::stopped);
    EXPECT_THAT(error.what(), HasSubstr("another program held the database"));
  }
  EXPECT_EQ(ask(system.loop(), system.env().notes.at("a").call<&Note::text>()).content, "before");
  system.stop();
}

TEST(ObjectsOnThreads, PassWhatAMethodThrowsToAnotherThread) {
  const TemporaryDirectory directory;
  System system{directory.path(), 3};
  for (int i = 0; i < 20; ++i) {
    try {
      ask(system.loop(), system.env().notes.at(i).call<&Note::fail>());
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "of note " + std::to_string(i));
    }
  }
}

// Callers on every loop, calls through several objects, half of the callers dropped while their calls run.
TEST(ObjectsOnThreads, RunEachCallOnceAlsoThoseWhoseCallersWereDropped) {
  const TemporaryDirectory directory;
  System system{directory.path(), 3};
  constexpr int callers = 60;
  std::atomic<int> answered = 0;
  const auto call = [](Env& env, std::atomic<int>& count, int i) -> Task<void> {
    if (co_await env.notes.at(i % 7).call<&Note::count>(3) == 4) ++count;
  };
  std::array<std::unique_ptr<TaskSet>, 3> kept, dropped;
  std::latch begun{3};
  for (std::size_t at = 0; at < 3; ++at) {
    system.loop(at).post([&, at] {
      kept[at] = std::make_unique<TaskSet>(system.loop(at));
      dropped[at] = std::make_unique<TaskSet>(system.loop(at));
      for (int i = 0; i < callers; ++i) (i % 2 ? kept : dropped)[at]->spawn(call(system.env(), answered, i));
      begun.count_down();
    });
  }
  begun.wait();
  std::latch gone{3};
  for (std::size_t at = 0; at < 3; ++at)
    system.loop(at).post([&, at] {
      dropped[at].reset();
      gone.count_down();
    });
  gone.wait();
  // One event at a time: this comes after all others of its object.
  std::int64_t counted = 0;
  for (int i = 0; i < 7; ++i) counted += ask(system.loop(), system.env().notes.at(i).call<&Note::counted>());
  EXPECT_GE(counted, 3 * callers / 2);
  EXPECT_LE(counted, 3 * callers);
  while (answered.load() < 3 * callers / 2) std::this_thread::yield();
  std::latch cleared{3};
  for (std::size_t at = 0; at < 3; ++at)
    system.loop(at).post([&, at] {
      kept[at].reset();
      cleared.count_down();
    });
  cleared.wait();
}

}  // namespace
}  // namespace duramen::objects
