#pragma once
// Header fields whose value is a list (RFC 9110 §5.6.1), and may stand in several lines of the header.

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
inline std::string_view takeMember(std::string_view& list) { return trimmedBlanks(takeUntil(list, ',')); }

// Whether a field of this name has this member, in any case.
inline bool hasToken(const Request& request, std::string_view name, std::string_view token) {
  for (const auto& [header, value] : request.headers) {
    if (!equalIgnoringCase(header, name)) continue;
    for (std::string_view rest = value; !rest.empty();)
      if (equalIgnoringCase(takeMember(rest), token)) return true;
  }
  return false;
}

}  // namespace duramen::server
