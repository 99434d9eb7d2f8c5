#include "objects/memory_store.h"

namespace duramen::objects {

Stored<void> MemoryStore::apply(std::span<const WriteSet* const> sets) {
  const std::lock_guard lock{mutex_};
  for (const WriteSet* set : sets) {
    if (set->eraseAll) objects_.erase(set->object);
    if (set->isFirst) {
      const bool keepsName = set->name.size() <= maxStoredNameBytes;
      objects_.try_emplace(set->object, set->className, keepsName ? set->name : std::string{});
    }
    if (set->writes.empty()) continue;
    auto& entries = objects_[set->object].entries;
    for (const auto& [key, value] : set->writes) {
      if (value) {
        entries.insert_or_assign(key, value);
      } else {
        entries.erase(key);
      }
    }
  }
  return {};
}

Stored<StoredObject> MemoryStore::load(const ObjectId& object) {
  const std::lock_guard lock{mutex_};
  const auto at = objects_.find(object);
  if (at == objects_.end()) return StoredObject{};
  return StoredObject{true, at->second.name, {at->second.entries.begin(), at->second.entries.end()}};
}

std::size_t MemoryStore::size() const {
  const std::lock_guard lock{mutex_};
  return objects_.size();
}

}  // namespace duramen::objects
