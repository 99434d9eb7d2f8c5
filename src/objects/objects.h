#pragma once
// All durable objects of one server: which loop each lives on, and the way there.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "duramen/object.h"
#include "loop/loop.h"
#include "objects/committer.h"
#include "objects/object_id.h"

namespace duramen {

// A namespace that is open.
class detail::ObjectClass {
 public:
  std::string name;
  objects::NamespaceKey key{};
  bool interleaves = false;
  detail::Factory factory;
  std::atomic<objects::Objects*> system;  // null when the server has gone
};

namespace objects {

class Host;
struct CallChain;

struct ObjectsOptions {
  loop::Duration idle = std::chrono::seconds{70};  // unused for so long, an object leaves memory (LC-5)
  std::size_t most = 10'000;                       // in memory; above, the longest idle go first
  std::size_t mostBytes = std::size_t{256} << 20;  // likewise, of their memory; each loop has an equal share of both
  std::function<std::int64_t()> wallSeconds;       // since 1970; the system's clock if empty
  bool acceptDamagedLog = false;                   // (sqlite_store.h)
  bool acceptChangedStore = false;
  Log log;
  std::function<void(std::string)> onStopped;  // the disk failed, nothing more is written; on the committer's thread
};

class Objects {
 public:
  using Options = ObjectsOptions;
  // REQUIRES: loops and committer outlive it, and so does every call.
  Objects(std::vector<loop::Loop*> loops, Committer& committer, Options options);
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;
  ~Objects();

  // Throws std::logic_error if the system has a namespace of this stored name.
  std::shared_ptr<const detail::ObjectClass> open(const std::string& name, bool interleaves, detail::Factory factory);
  loop::Loop& loopOf(const ObjectId& id) const { return *loops_[indexOf(id)]; }
  // Any thread. Calls of one thread to one object arrive in order.
  void call(detail::CallMessage message, std::shared_ptr<detail::CallState> state,
            std::shared_ptr<const CallChain> callers = nullptr);
  // Instances in memory. Any thread.
  std::size_t size() const { return total_.load(std::memory_order_relaxed); }
  // No event begins any more, and instances go, on their loops; returns when that is done. `run` runs the loops, if the
  // caller has to.
  void stop(const std::function<void()>& run = {});

 private:
  std::size_t indexOf(const ObjectId& id) const { return id.word() % loops_.size(); }

  const std::vector<loop::Loop*> loops_;
  const Options options_;
  std::atomic<std::size_t> total_ = 0;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<detail::ObjectClass>> classes_;
};

}  // namespace objects
}  // namespace duramen
