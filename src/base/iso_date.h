#pragma once
// Dates as JavaScript has them: milliseconds, to the ends of its time (ECMA-262 §21.4.1.1), and toISOString's spelling.

#include <optional>
#include <string_view>

#include "duramen/js_types.h"

namespace duramen {

// Nothing for what JavaScript calls an invalid Date.
std::optional<Date> dateOf(double milliseconds);
// Nothing unless it is spelled exactly so and there is such a day.
std::optional<Date> dateFromIso(std::string_view text);

}  // namespace duramen
