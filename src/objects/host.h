#pragma once
// The objects of one loop, and how long they stay in memory.

#include <atomic>
#include <list>
#include <memory>
#include <unordered_map>

#include "objects/instance.h"

namespace duramen::objects {

struct ObjectsOptions;

class Host {
 public:
  // `most`: above so many instances, or bytes that they take, the longest idle ones go first. `total` counts instances
  // of all hosts.
  struct Most {
    std::size_t instances;
    std::size_t bytes;
  };
  Host(loop::Loop& loop, Committer& committer, const ObjectsOptions& options, Most most,
       std::atomic<std::size_t>& total);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  loop::Loop& loop() { return loop_; }
  Committer& committer() { return committer_; }
  const ObjectsOptions& options() const { return options_; }

  // On the loop.
  void deliver(detail::CallMessage message, std::shared_ptr<detail::CallState> state,
               std::shared_ptr<const CallChain> callers);
  // The instance was used: it is the last to go. What it takes of the memory is looked at anew.
  void touch(Instance& instance);
  // What instances take of the memory, about.
  std::size_t bytes() const { return bytes_; }
  // No event begins any more; instances go.
  void stop();

 private:
  void count(Instance& instance);
  void makeRoom();
  void trim();
  void evict(Instance& instance);
  void scheduleSweep();
  void sweep();
  void watchCalls();

  loop::Loop& loop_;
  Committer& committer_;
  const ObjectsOptions& options_;
  const Most most_;
  std::atomic<std::size_t>& total_;
  std::unordered_map<ObjectId, std::unique_ptr<Instance>> instances_;
  std::list<Instance*> byUse_;  // the longest unused first
  std::size_t bytes_ = 0;
  loop::Timer sweep_, trim_;
  loop::Timer calls_;  // while there may be some that wait
  bool stopped_ = false;
};

}  // namespace duramen::objects
