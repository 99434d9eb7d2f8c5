#pragma once
// Which content coding a client is answered in: RFC 9110 §12.5.3.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace duramen::server {

enum class ContentCoding : std::uint8_t { identity, gzip, brotli };

// As Content-Encoding names it; "identity" is never sent.
std::string_view codingName(ContentCoding coding);

// The coding with the greatest weight; of equal ones the first of `available`, and identity, which is always there,
// last. A coding that is not named, "*" being absent, is not wanted; identity is, but less than any other. Nothing if
// even identity is refused. A member that is not well-formed is passed over. Without the header: identity.
std::optional<ContentCoding> chooseCoding(std::optional<std::string_view> acceptEncoding,
                                          std::span<const ContentCoding> available);

}  // namespace duramen::server
