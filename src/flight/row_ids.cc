#include "flight/row_ids.h"

#include <cstring>

namespace duramen::flight {

std::uint64_t hashOf(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15;  // odd, its bits evenly spread
  std::uint64_t hash = seed + (bytes.size() + 1) * factor;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 29;
  };
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
  }
  std::uint64_t last = 0;
  if (!bytes.empty()) std::memcpy(&last, bytes.data(), bytes.size());
  mix(last);
  return (hash ^ (hash >> 32)) * factor;
}

RowTable::Row RowTable::leaf(char kind, std::string_view content) {
  return take(hashOf(content, static_cast<unsigned char>(kind)), std::string(1, kind).append(content));
}

std::uint32_t RowTable::at(std::uint64_t place) { return take(place, {}).id; }

// Empty content equals nothing, so it always gives a new row.
RowTable::Row RowTable::take(std::uint64_t hash, std::string_view content) {
  if (4 * (used_ + 1) > 3 * slots_.size()) grow();
  std::uint32_t number = numberOf(hash);
  for (bool isFirst = true;; isFirst = false) {
    Slot& slot = slotOf(number);
    if (slot.number == 0) {
      slot = {.number = number,
              .id = next_ ? next_++ : number,
              .contentAt = static_cast<std::uint32_t>(contents_.size()),
              .contentSize = static_cast<std::uint32_t>(content.size())};
      contents_ += content;
      ++used_;
      return {slot.id, true};
    }
    if (!content.empty() && std::string_view{contents_}.substr(slot.contentAt, slot.contentSize) == content)
      return {slot.id, false};
    if (isFirst)
      number = numberOf(content.empty() ? detail::keyedHash(hash + ++slot.others) : detail::keyedHash(content));
    else
      number = number + 1 == endByContent ? firstByContent : number + 1;
  }
}

RowTable::Slot& RowTable::slotOf(std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (number * spread_ >> 32) & mask;
  for (++probes_; slots_[at].number != 0 && slots_[at].number != number; ++probes_) at = (at + 1) & mask;
  return slots_[at];
}

void RowTable::grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 32 : 2 * slots_.size()));
  for (const Slot& slot : old)
    if (slot.number != 0) slotOf(slot.number) = slot;
}

}  // namespace duramen::flight
