#pragma once
// The way from loops to the store and back: sets go out, completions come back to the loop that sent them. No loop
// waits for a disk.

#include <chrono>
#include <functional>
#include <memory>

#include "base/counter.h"
#include "base/log.h"
#include "loop/loop.h"
#include "objects/store.h"

namespace duramen::objects {

class Committer {
 public:
  using Committed = std::move_only_function<void(const Stored<void>&)>;
  using Loaded = std::move_only_function<void(Stored<StoredObject>)>;
  virtual ~Committer() = default;
  // Hands a set over. `done` is called on `loop` when it is durable, or will never be. Sets of one loop are applied in
  // order.
  virtual void commit(WriteSet set, loop::Loop& loop, Committed done) = 0;
  // Reads an object, as it is after every set whose completion the loop has seen.
  virtual void load(const ObjectId& object, loop::Loop& loop, Loaded done) = 0;
};

// Counted by the thread that writes.
struct CommitCounts {
  Counter written;     // sets
  Counter failed;      // sets
  Histogram duration;  // of a batch
};

// Does all at once, and posts the answers: for a store in memory, on one thread.
class InlineCommitter final : public Committer {
 public:
  explicit InlineCommitter(Store& store) : store_(store) {}
  void commit(WriteSet set, loop::Loop& loop, Committed done) override;
  void load(const ObjectId& object, loop::Loop& loop, Loaded done) override;

 private:
  Store& store_;
};

// A thread that writes and one that reads (docs/storage.md). A batch is what is queued, plus a bounded wait for as many
// sets as were just answered; a checkpoint comes after the answers. A full disk refuses writes until there is room
// again; a damaged page fails the sets that need it; any other failure ends writing for good, and is told once to
// `stopped`, on the committer's thread.
class ThreadCommitter final : public Committer {
 public:
  // On a full disk a write is let through to see whether there is room again, no more often than each `probeEvery`.
  ThreadCommitter(Store& store, std::function<void(std::string)> stopped, Log log,
                  std::chrono::steady_clock::duration probeEvery = std::chrono::seconds{1});
  // Writes what is queued, then ends the threads.
  ~ThreadCommitter() override;
  void commit(WriteSet set, loop::Loop& loop, Committed done) override;
  void load(const ObjectId& object, loop::Loop& loop, Loaded done) override;
  // From then on a set does not wait for another program that holds the store: it fails. Any thread.
  void giveUpBy(std::chrono::steady_clock::time_point when);
  // Any thread.
  const CommitCounts& counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duramen::objects
