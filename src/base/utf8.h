#pragma once
// Whether text is UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF).

#include <cstddef>
#include <optional>
#include <string_view>

namespace duramen {

// The offset of the first byte that cannot be read; nothing if the text is well-formed. Cost: 8 bytes of ASCII a step.
std::optional<std::size_t> firstInvalidUtf8(std::string_view text);
inline bool isUtf8(std::string_view text) { return !firstInvalidUtf8(text); }

}  // namespace duramen
