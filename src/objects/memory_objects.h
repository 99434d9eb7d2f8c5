#pragma once
// Objects of one loop that live as long as the process: for tests.

#include "objects/committer.h"
#include "objects/memory_store.h"
#include "objects/objects.h"

namespace duramen::objects {

class MemoryObjects {
 public:
  MemoryObjects(loop::Loop& loop, std::function<std::int64_t()> wallSeconds)
      : objects_({&loop}, committer_, optionsWith(std::move(wallSeconds))) {}
  Objects& objects() { return objects_; }
  MemoryStore& store() { return store_; }
  // Instances in memory.
  std::size_t size() const { return objects_.size(); }

 private:
  static Objects::Options optionsWith(std::function<std::int64_t()> wallSeconds) {
    Objects::Options options;
    options.wallSeconds = std::move(wallSeconds);
    return options;
  }
  MemoryStore store_;
  InlineCommitter committer_{store_};
  Objects objects_;
};

}  // namespace duramen::objects
