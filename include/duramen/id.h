#pragma once
// The identity of a durable object: 32 bytes, made from its namespace's stored name and its own name (ID-1 of
// docs/durable-objects.md). Two ids are equal if their bytes are.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "duramen/keyed_hash.h"

namespace duramen {

struct ObjectId {
  std::array<std::uint8_t, 32> bytes{};

  // 64 lower case hex digits.
  std::string toString() const;
  // Spread evenly over all ids, and the same in every process.
  std::uint64_t word() const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

}  // namespace duramen

template <>
struct std::hash<duramen::ObjectId> {
  // The bytes are a MAC, but its key is no secret: a stranger who names objects can choose among their ids.
  std::size_t operator()(const duramen::ObjectId& id) const noexcept { return duramen::KeyedHash{}(id.word()); }
};
