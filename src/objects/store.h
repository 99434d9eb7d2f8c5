#pragma once
// Where objects are kept, as the committer sees it: sets go in whole or not at all, an object comes out whole. What a
// machine of a cluster would keep elsewhere stands behind this too.

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "duramen/id.h"

namespace duramen::objects {

// A value as it is stored, its format byte included; shared by the object's memory and the sets on their way.
using SharedBytes = std::shared_ptr<const std::string>;

struct Write {
  std::string key;
  SharedBytes value;  // null: the key is erased
};

// What an event wrote, handed over at once. `eraseAll` comes before the writes.
struct WriteSet {
  ObjectId object;
  bool isFirst = false;  // the object is not known yet: it is entered with this class and name
  bool eraseAll = false;
  std::string className;
  std::string name;
  std::vector<Write> writes;
};

struct StoredObject {
  bool isKnown = false;
  std::string name;  // empty if it was longer than maxStoredNameBytes, or never told
  std::vector<std::pair<std::string, SharedBytes>> entries;  // in order of the keys' bytes
};

inline constexpr std::size_t maxStoredNameBytes = 1024;  // ID-1

struct StoreFailure {
  enum class Reason {
    busy,        // another program holds the store; nothing was begun
    full,        // no room; nothing was written
    refused,     // what was given breaks a rule of the store; nothing was written
    unreadable,  // what is stored there is damaged; nothing was written
    noMemory,    // there was no memory left for it; nothing was written
    failed,      // anything else; what was given may be there or not
  };
  Reason reason = Reason::failed;
  std::string what;
};

template <class T>
using Stored = std::expected<T, StoreFailure>;

// `apply`, `checkpoint` and `probe` belong to one thread, `load` to another, which may run at the same time.
class Store {
 public:
  virtual ~Store() = default;
  // All of the sets or none, in order, durable when it returns.
  virtual Stored<void> apply(std::span<const WriteSet* const> sets) = 0;
  // An object that is not known is empty. Sees what was applied before the call began.
  virtual Stored<StoredObject> load(const ObjectId& object) = 0;
  // Tidies up what applying left behind, when there is enough of it: less is enough when there is time (`idle`).
  // Of its failures only `failed` ends writing.
  virtual Stored<void> checkpoint(bool idle) = 0;
  // Writes a little: whether there is room again.
  virtual Stored<void> probe() = 0;
};

}  // namespace duramen::objects
