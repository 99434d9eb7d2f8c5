#pragma once
// Dates that requests carry: RFC 9110 §5.6.7. Ours are written by httpDate (response_head.h).

#include <chrono>
#include <optional>
#include <string_view>

namespace duramen::server {

// In any of the three forms that a recipient must take; `now` says which century a year of two digits belongs to.
// Nothing if it is none. The name of the day is not compared with the date.
std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text, std::chrono::sys_seconds now);

}  // namespace duramen::server
