#pragma once
// For tests of stores: sets and what is stored, in few words.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/object_id.h"
#include "objects/store.h"

namespace duramen::objects {

using Entries = std::vector<std::pair<std::string, std::string>>;

inline ObjectId idOf(std::string_view name) { return idFromName(namespaceKey("notes"), name); }
inline SharedBytes shared(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

inline WriteSet setOf(std::string name, std::vector<Write> writes, bool isFirst = true) {
  WriteSet set;
  set.object = idOf(name);
  set.isFirst = isFirst;
  set.className = "notes";
  set.name = std::move(name);
  set.writes = std::move(writes);
  return set;
}

inline Stored<void> apply(Store& store, const std::vector<WriteSet>& sets) {
  std::vector<const WriteSet*> pointers;
  for (const WriteSet& each : sets) pointers.push_back(&each);
  return store.apply(pointers);
}

// {{"failed", why}} if it cannot be read.
inline Entries entriesOf(Store& store, std::string_view name) {
  const auto loaded = store.load(idOf(name));
  Entries entries;
  if (!loaded) return {{"failed", loaded.error().what}};
  for (const auto& [key, value] : loaded->entries) entries.emplace_back(key, *value);
  return entries;
}

}  // namespace duramen::objects
