#pragma once
// Why a peer's input is no WebSocket stream.

#include <cstdint>
#include <string_view>

namespace duramen::wire {

// RFC 6455 §7.4.1, those that we send or look at.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t goingAway = 1001;
inline constexpr std::uint16_t protocolError = 1002;
inline constexpr std::uint16_t unsupportedData = 1003;
inline constexpr std::uint16_t none = 1005;      // a close frame without a code; never sent
inline constexpr std::uint16_t abnormal = 1006;  // no close frame; never sent
inline constexpr std::uint16_t invalidPayload = 1007;
inline constexpr std::uint16_t policyViolation = 1008;
inline constexpr std::uint16_t messageTooBig = 1009;
inline constexpr std::uint16_t internalError = 1011;
inline constexpr std::uint16_t tryAgainLater = 1013;
inline constexpr std::uint16_t sessionEnded = 4401;  // ours: to be opened again at once, with the present cookies
}  // namespace close_code

// The peer gets the code and the reason, and nothing more is decoded.
struct FrameError {
  std::uint16_t closeCode = 0;
  std::string_view reason;  // a literal
};

}  // namespace duramen::wire
