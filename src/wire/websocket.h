#pragma once
// WebSocket frames (RFC 6455 §5), without I/O. The decoder works in the caller's read buffer: it unmasks in place and
// hands out spans of that buffer, so a connection owns bytes only while a message is split over reads. Frames are
// encoded whole, once, and may be shared by any number of connections: a server's frames carry no mask.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duramen::wire {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

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
}  // namespace close_code

// A whole message, or a control frame. `payload` points into the input or the decoder, until the next call. Of a close
// frame it is the reason.
struct Message {
  Opcode opcode = Opcode::binary;  // never a continuation
  std::span<std::byte> payload;
  std::uint16_t closeCode = 0;  // of a close frame
};

// Why the input is no WebSocket stream. The peer gets the code and the reason, and nothing more is decoded.
struct FrameError {
  std::uint16_t closeCode = 0;
  std::string_view reason;  // a literal
};

class Decoder {
 public:
  enum class Role : std::uint8_t { server, client };  // a server's input is masked, a client's is not

  Decoder(Role role, std::size_t messageBytesMost) : messageBytesMost_(messageBytesMost), role_(role) {}

  // The next message of `input`, whose front it consumes and whose bytes it may change; none when all of `input` is
  // consumed and the message goes on in later input. REQUIRES: no error before. Cost: no allocation unless a message is
  // fragmented or goes on in later input; what a sender announces is allocated only as it arrives.
  std::expected<std::optional<Message>, FrameError> next(std::span<std::byte>& input);

  // Bytes that it holds of an unfinished message.
  std::size_t heldBytes() const { return held_.capacity() > std::string{}.capacity() ? held_.capacity() : 0; }

 private:
  std::expected<bool, FrameError> readHeader(std::span<std::byte>& input);
  std::optional<FrameError> checkStart(std::uint8_t first, std::uint8_t second) const;
  std::optional<FrameError> checkLength() const;
  std::expected<Message, FrameError> finish(std::span<std::byte> payload);
  std::expected<Message, FrameError> finishClose(std::span<std::byte> payload) const;
  void unmask(std::span<std::byte> bytes);
  bool isControl() const { return (static_cast<std::uint8_t>(opcode_) & 8) != 0; }

  std::string held_;             // a message so far, then a control frame so far
  std::size_t heldMessage_ = 0;  // how much of it is the message
  std::size_t messageBytesMost_;
  std::uint64_t remaining_ = 0;  // of the frame's payload
  std::array<std::byte, 14> header_{};
  std::uint8_t headerSize_ = 0;
  std::uint8_t maskAt_ = 0;  // which byte of the mask comes next
  Role role_;
  Opcode opcode_ = Opcode::binary;         // of the frame
  Opcode message_ = Opcode::continuation;  // of the fragmented message; continuation if there is none
  bool inFrame_ = false;
  bool final_ = false;
  bool handedOut_ = false;  // held_ holds what the last call handed out
};

// Whether a peer may send it in a close frame (RFC 6455 §7.4).
bool validCloseCode(std::uint16_t code);

// Encoding, as a server: unmasked. Appends to `out`.
void appendFrameHeader(std::string& out, Opcode opcode, std::uint64_t payloadBytes, bool final = true);
void appendFrame(std::string& out, Opcode opcode, std::string_view payload, bool final = true);
std::string frame(Opcode opcode, std::string_view payload);
// REQUIRES: validCloseCode(code). A reason above 123 bytes is cut at a character's end.
std::string closeFrame(std::uint16_t code, std::string_view reason);

// Encoding, as a client: masked.
using MaskKey = std::array<std::uint8_t, 4>;
void appendMaskedFrame(std::string& out, Opcode opcode, std::string_view payload, MaskKey key, bool final = true);

// Sec-WebSocket-Accept for a client's Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string acceptKey(std::string_view clientKey);
// Whether it is 16 bytes in base64, as §4.1 wants.
bool validClientKey(std::string_view clientKey);

}  // namespace duramen::wire
