#pragma once
// Header fields whose value is a list (RFC 9110 §5.6.1), and may stand in several lines of the header.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "duramen/request.h"

namespace duramen::server {

// All fields of this name as one; nothing if there is none.
inline std::optional<std::string> joinedHeader(const Request& request, std::string_view name) {
  std::optional<std::string> joined;
  for (const auto& [header, value] : request.headers) {
    if (!equalIgnoringCase(header, name)) continue;
    if (joined) {
      joined->append(", ").append(value);
    } else {
      joined = value;
    }
  }
  return joined;
}

// Takes the next member off the front, without the blanks around it. REQUIRES: no member holds a comma in quotes.
inline std::string_view takeMember(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view member = trimmedBlanks(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return member;
}

}  // namespace duramen::server
