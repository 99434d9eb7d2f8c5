#pragma once
// Values as encodeReply writes them in its text form (docs/flight.md, C1): what a form without scripts carries of its
// action's bound arguments.

#include <cstdint>
#include <optional>
#include <string>

#include "duramen/tape.h"

namespace duramen::flight {

// `count` values, one after another, as a list. Nothing if one of them needs parts of its own, or is no value.
std::optional<std::string> replyText(detail::TapeReader values, std::uint32_t count);

}  // namespace duramen::flight
