#pragma once
// A piece of what somebody sent, for the text of an error.

#include <algorithm>
#include <string>
#include <string_view>

namespace duramen::flight {

// In quotes, cut after 40 characters; or `otherwise` if not all of it is plain ASCII.
inline std::string shown(std::string_view text, std::string_view otherwise) {
  constexpr std::size_t most = 40;
  const std::string_view front = text.substr(0, most);
  if (!std::ranges::all_of(front, [](char c) { return c >= ' ' && c <= '~'; })) return std::string(otherwise);
  return "\"" + std::string(front) + (text.size() > most ? "...\"" : "\"");
}

}  // namespace duramen::flight
