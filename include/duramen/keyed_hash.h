#pragma once
// Hash tables keyed by what strangers send. std::hash is the same everywhere, so whoever knows it can make a million
// names that all fall into one bucket, and a table of them costs the square of its size. This hash is SipHash-1-3 with
// a key that is drawn when the process starts: nobody outside can tell which names will meet.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace duramen {

namespace detail {
// Differ from process to process: never stored, and never sent.
std::size_t keyedHash(std::string_view bytes) noexcept;
std::size_t keyedHash(std::uint64_t number) noexcept;
}  // namespace detail

struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return detail::keyedHash(text); }
  std::size_t operator()(std::uint64_t number) const noexcept { return detail::keyedHash(number); }
};

// Finds a std::string by a std::string_view, too.
template <class Key, class Mapped>
using KeyedMap = std::unordered_map<Key, Mapped, KeyedHash, std::equal_to<>>;

}  // namespace duramen
