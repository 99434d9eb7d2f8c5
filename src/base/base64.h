#pragma once
// Base64 with padding (RFC 4648 §4).

#include <optional>
#include <string>
#include <string_view>

namespace duramen {

std::string toBase64(std::string_view bytes);
// Nothing if it is not base64.
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace duramen
