#pragma once
// Objects that live as long as the process: for tests and for apps that want no disk.

#include <map>
#include <mutex>

#include "objects/store.h"

namespace duramen::objects {

class MemoryStore final : public Store {
 public:
  Stored<void> apply(std::span<const WriteSet* const> sets) override;
  Stored<StoredObject> load(const ObjectId& object) override;
  Stored<void> checkpoint(bool) override { return {}; }
  Stored<void> probe() override { return {}; }

  // How many objects are known. Any thread.
  std::size_t size() const;

 private:
  struct Kept {
    std::string className;
    std::string name;
    std::map<std::string, SharedBytes> entries;
  };
  mutable std::mutex mutex_;
  std::map<ObjectId, Kept> objects_;
};

}  // namespace duramen::objects
