#pragma once
// What a client offers beside the WebSocket protocol itself (RFC 6455 §9.1), and what is agreed on: permessage-deflate
// (RFC 7692), without context takeover, so that no connection holds a window.

#include <optional>
#include <string>
#include <string_view>

namespace duramen::wire {

// The answer's Sec-WebSocket-Extensions to an offer of that name: to the first one in it that can be met. Nothing where
// there is none: then nothing is agreed on, and the connection goes on without.
std::optional<std::string> agreedDeflate(std::string_view offers);

}  // namespace duramen::wire
