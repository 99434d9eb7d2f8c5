#pragma once
// Values as encodeReply writes them in its text form (docs/flight.md, C1): what a form without scripts carries of its
// action's bound arguments.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "duramen/tape.h"

namespace duramen::flight {

// Signs the text of a sealed argument.
using Sealer = std::function<std::string(std::uint32_t position, std::string_view text)>;

// `count` values, one after another, as a list. Nothing if one of them needs parts of its own, or is no value.
std::optional<std::string> replyText(detail::TapeReader values, std::uint32_t count, const Sealer& seal);

}  // namespace duramen::flight
