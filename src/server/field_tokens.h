#pragma once
// Fields that are lists of names, over one line or several (RFC 9110 §5.6.1): Connection, Upgrade.

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "duramen/request.h"

namespace duramen::server {

inline bool hasToken(const Request& request, std::string_view name, std::string_view token) {
  for (const auto& [field, value] : request.headers) {
    if (!equalIgnoringCase(field, name)) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (equalIgnoringCase(trimmedBlanks(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace duramen::server
