#pragma once
// Of fields of one name the last counts, in the place of the first, as in JavaScript.

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "duramen/keyed_hash.h"
#include "duramen/value.h"

namespace duramen {

// Cost: linear, whatever the names are (Equal: a test counts with it).
template <class Equal = std::equal_to<std::string_view>>
void keepLastFields(Value::Object& object, const Equal& equal = {}) {
  constexpr std::size_t few = 12;  // below, comparing each with each is cheaper than a table
  if (object.size() <= few) {
    for (std::size_t i = 0; i < object.size(); ++i)
      for (std::size_t later = i + 1; later < object.size();) {
        if (!equal(object[i].name, object[later].name)) {
          ++later;
          continue;
        }
        object[i].value = std::move(object[later].value);
        object.erase(object.begin() + static_cast<std::ptrdiff_t>(later));
      }
    return;
  }
  std::unordered_map<std::string_view, std::size_t, KeyedHash, Equal> firstAt(object.size(), KeyedHash{}, equal);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < object.size(); ++i) {
    // What the table points to stays where it is: the names in front of `kept` do not move any more.
    if (const auto first = firstAt.find(object[i].name); first != firstAt.end()) {
      object[first->second].value = std::move(object[i].value);
      continue;
    }
    if (kept != i) object[kept] = std::move(object[i]);
    firstAt.emplace(object[kept].name, kept);
    ++kept;
  }
  object.resize(kept);
}

}  // namespace duramen
