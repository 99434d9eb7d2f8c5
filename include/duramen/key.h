#pragma once
// A strong type for each kind of key, so that a note's key is never taken for a user's:
//
//   struct NoteKey : duramen::Key<NoteKey> { using Key::Key; };

#include <compare>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>

#include "duramen/keyed_hash.h"

namespace duramen {

// A value; compared by its text. On the wire and in paths it is that text.
template <class Self>
class Key {
 public:
  explicit Key(std::string text) : text_(std::move(text)) {}
  std::string_view view() const { return text_; }
  const std::string& text() const { return text_; }

  friend bool operator==(const Key& a, const Key& b) { return a.text_ == b.text_; }
  friend std::strong_ordering operator<=>(const Key& a, const Key& b) { return a.text_ <=> b.text_; }

 private:
  std::string text_;
};

}  // namespace duramen

// Keys come from strangers.
template <class K>
  requires std::derived_from<K, duramen::Key<K>>
struct std::hash<K> {
  std::size_t operator()(const K& key) const noexcept { return duramen::KeyedHash{}(key.view()); }
};
