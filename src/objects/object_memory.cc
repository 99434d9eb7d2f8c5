#include "objects/object_memory.h"

#include <algorithm>

namespace duramen::objects {

namespace {

StorageError::Reason reasonOf(StoreFailure::Reason reason) {
  switch (reason) {
    case StoreFailure::Reason::busy:  // it waited until the server stopped
      return StorageError::Reason::stopped;
    case StoreFailure::Reason::full:
      return StorageError::Reason::storageFull;
    case StoreFailure::Reason::refused:
      return StorageError::Reason::refused;
    case StoreFailure::Reason::unreadable:
      return StorageError::Reason::unreadable;
    case StoreFailure::Reason::noMemory:
      return StorageError::Reason::noMemory;
    case StoreFailure::Reason::failed:
      break;
  }
  return StorageError::Reason::outcomeUnknown;
}

}  // namespace

StorageError storageError(const StoreFailure& failure, std::string_view about) {
  return {reasonOf(failure.reason), std::string(about) + failure.what};
}

void Commit::settle(const Stored<void>& result) {
  settled = true;
  if (!result) failure = result.error();
  for (auto& each : std::exchange(waiting, {})) each(*this);
}

void Commit::resumeSyncs() {
  // One that resumes may end others that wait here.
  while (!syncs.empty()) {
    const auto handle = syncs.back().second;
    syncs.pop_back();
    handle.resume();
  }
}

void ObjectMemory::fill(StoredObject stored) {
  isKnown_ = stored.isKnown;
  learnName(stored.name);
  for (auto& [key, value] : stored.entries) {
    bytes_ += key.size() + value->size();
    values_.emplace_hint(values_.end(), std::move(key), std::move(value));
  }
}

const std::string* ObjectMemory::find(std::string_view key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? nullptr : at->second.get();
}

void ObjectMemory::put(std::string_view key, std::string bytes) {
  auto value = std::make_shared<const std::string>(std::move(bytes));
  auto at = values_.find(key);
  const bool isNew = at == values_.end();
  if (isNew) at = values_.emplace(key, nullptr).first;
  try {
    write(key, value);
  } catch (const std::bad_alloc&) {
    // What is not going to be stored is not shown either.
    if (isNew) values_.erase(at);
    throw;
  }
  bytes_ += value->size();
  bytes_ += isNew ? key.size() : 0;
  bytes_ -= isNew ? 0 : at->second->size();
  at->second = std::move(value);
}

bool ObjectMemory::erase(std::string_view key) {
  const auto at = values_.find(key);
  if (at == values_.end()) return false;
  write(key, nullptr);
  bytes_ -= at->first.size() + at->second->size();
  values_.erase(at);
  return true;
}

void ObjectMemory::eraseAll() {
  values_.clear();
  bytes_ = 0;
  writes_.clear();
  ++erasures_;
  erasesAll_ = true;
  if (isKnown_) becomeDirty();
  // What comes after it enters the object anew.
  isKnown_ = false;
}

std::vector<std::string> ObjectMemory::keys(std::string_view prefix) const {
  std::vector<std::string> found;
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
    found.push_back(at->first);
  return found;
}

void ObjectMemory::write(std::string_view key, SharedBytes value) {
  becomeDirty();
  const auto at = writes_.find(key);
  if (at == writes_.end())
    writes_.emplace(key, std::move(value));
  else
    at->second = std::move(value);
}

void ObjectMemory::becomeDirty() {
  if (std::exchange(isDirty_, true) || !isEager_) return;
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) handOver();
  });
}

CommitPtr ObjectMemory::handOver() {
  if (!isDirty_) return last_ && !last_->settled ? last_ : nullptr;
  WriteSet set{.object = owner_.id, .eraseAll = erasesAll_, .className = {}, .name = {}, .writes = {}};
  set.isFirst = !isKnown_ && !writes_.empty();
  if (set.isFirst) {
    set.className = owner_.className;
    set.name = owner_.name;
  }
  set.writes.reserve(writes_.size());
  for (const auto& [key, value] : writes_) set.writes.push_back({key, value});
  auto next = std::make_shared<Commit>();
  const bool isFirst = set.isFirst;
  committer_.commit(std::move(set), loop_,
                    [this, alive = std::weak_ptr(alive_), commit = next](const Stored<void>& result) {
                      commit->settle(result);
                      if (!result && !alive.expired()) failed_(result.error());
                      commit->resumeSyncs();
                    });
  // From here on nothing fails: what could not be handed over is still to be.
  isKnown_ = isKnown_ || isFirst;
  writes_.clear();
  isDirty_ = false;
  erasesAll_ = false;
  last_ = std::move(next);
  return last_;
}

}  // namespace duramen::objects
