#pragma once
// Dates as JavaScript's toISOString spells them.

#include <optional>
#include <string_view>

#include "duramen/js_types.h"

namespace duramen {

// Nothing unless it is spelled exactly so and there is such a day.
std::optional<Date> dateFromIso(std::string_view text);

}  // namespace duramen
