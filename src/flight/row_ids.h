#pragma once
// Which number a row gets. By content, a number says what the row is and not when it was met, so that a change in one
// place of a page leaves the numbers of all other rows as they were: rows that hold no other rows (imports, actions,
// bound arguments) take a hash of their content, and equal ones are one row; rows of text take a hash of their place in
// the tree. One that collides takes another number, by a hash that nobody outside the process can foresee: what
// strangers wrote is on the page. By discovery, rows are counted, as React does.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/keyed_hash.h"

namespace duramen::flight {

// The same in every process, so that whoever wants may find two of one hash. Eight bytes a step.
std::uint64_t hashOf(std::string_view bytes, std::uint64_t seed = 0);

class RowTable {
 public:
  // By content: numbers in [2, 0x10000000).
  RowTable() = default;
  // By discovery: counted from `first`.
  explicit RowTable(std::uint32_t first) : next_(first) {}

  struct Row {
    std::uint32_t id;
    bool fresh;  // not sent yet
  };
  // The row that is `content`; `kind` keeps rows of different kinds apart.
  Row leaf(char kind, std::string_view content);
  // A new row at the place with this hash.
  std::uint32_t at(std::uint64_t place);
  // Slots that were looked at.
  std::uint64_t probes() const { return probes_; }

 private:
  static constexpr std::uint32_t firstByContent = 2, endByContent = 0x10000000;
  struct Slot {
    std::uint32_t number = 0;  // where the hash led, or the next free one; 0: an empty slot
    std::uint32_t id = 0;
    std::uint32_t contentAt = 0;
    std::uint32_t contentSize = 0;
    std::uint32_t others = 0;  // places that were led here and went on
  };
  static std::uint32_t numberOf(std::uint64_t hash) {
    return static_cast<std::uint32_t>(firstByContent + (hash >> 20) % (endByContent - firstByContent));
  }

  Row take(std::uint64_t hash, std::string_view content);
  Slot& slotOf(std::uint32_t number);
  void grow();

  std::vector<Slot> slots_;  // open addressing
  // Odd, and not to be foreseen: numbers that were chosen to lie side by side in the table do not.
  const std::uint64_t spread_ = detail::keyedHash(std::uint64_t{0}) | 1;
  std::uint64_t probes_ = 0;
  std::uint32_t used_ = 0;
  std::string contents_;
  std::uint32_t next_ = 0;
};

}  // namespace duramen::flight
