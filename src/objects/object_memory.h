#pragma once
// All that one object has stored, in memory, and what of it is on its way to the disk. Reads see writes at once. What
// an event wrote is handed over as one set; the output gate holds what follows until that is durable.

#include <coroutine>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/storage.h"
#include "objects/committer.h"

namespace duramen::objects {

// A set on its way. Belongs to the object's loop.
struct Commit {
  bool settled = false;
  std::optional<StoreFailure> failure;  // of a settled one
  std::vector<std::move_only_function<void(const Commit&)>> waiting;
  std::vector<std::pair<const void*, std::coroutine_handle<>>> syncs;  // by their Sync

  void settle(const Stored<void>& result);
  void resumeSyncs();
};
using CommitPtr = std::shared_ptr<Commit>;

// What callers see of a failure.
StorageError storageError(const StoreFailure& failure, std::string_view about);

class ObjectMemory {
 public:
  struct Owner {
    std::string className;
    std::string name;  // of the object; empty if it is not known
    ObjectId id;
  };
  // Called once if a set fails: what is in memory then differs from what is stored. May end this.
  using Failed = std::move_only_function<void(const StoreFailure&)>;

  // `isEager`: writes are handed over as soon as the loop comes to it, and not at the end of an event only.
  // REQUIRES: `committer` and `loop` outlive it. `wallSeconds`: since 1970.
  ObjectMemory(Owner owner, Committer& committer, loop::Loop& loop, const std::function<std::int64_t()>& wallSeconds,
               Failed failed, bool isEager = false)
      : owner_(std::move(owner)),
        committer_(committer),
        loop_(loop),
        wallSeconds_(wallSeconds),
        failed_(std::move(failed)),
        isEager_(isEager) {}
  ObjectMemory(const ObjectMemory&) = delete;
  ObjectMemory& operator=(const ObjectMemory&) = delete;

  const Owner& owner() const { return owner_; }
  void learnName(const std::string& name) {
    if (owner_.name.empty()) owner_.name = name;
  }
  std::int64_t wallSeconds() const { return wallSeconds_(); }

  // What the store holds; before the first use.
  void fill(StoredObject stored);

  const std::string* find(std::string_view key) const;
  void put(std::string_view key, std::string bytes);
  bool erase(std::string_view key);
  void eraseAll();
  std::vector<std::string> keys(std::string_view prefix) const;
  // How often all was erased: what was read before that may be gone.
  std::uint64_t erasures() const { return erasures_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t entries() const { return values_.size(); }

  // Hands over what was written since the last time. The set that everything so far waits for; null if all is durable.
  CommitPtr handOver();
  bool hasPending() const { return (last_ && !last_->settled) || isDirty_; }

 private:
  using Values = std::map<std::string, SharedBytes, std::less<>>;

  void write(std::string_view key, SharedBytes value);
  void becomeDirty();

  Owner owner_;
  Committer& committer_;
  loop::Loop& loop_;
  const std::function<std::int64_t()>& wallSeconds_;
  Failed failed_;
  const bool isEager_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  Values values_;
  std::size_t bytes_ = 0;
  bool isKnown_ = false;  // the store has, or will have, a row for the object

  std::uint64_t erasures_ = 0;
  bool isDirty_ = false;
  bool erasesAll_ = false;
  Values writes_;  // since the last hand-over; null: erased
  CommitPtr last_;
};

}  // namespace duramen::objects
