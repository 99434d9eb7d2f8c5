#pragma once
// WebSocket messages (RFC 6455 §5), without I/O: a decoder of whole messages on top of frame_decoder.h, and encoders.
// Frames are encoded whole, once, and may be shared by any number of connections: a server's frames carry no mask.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire/frame_decoder.h"
#include "wire/frame_error.h"

namespace duramen::wire {

// A whole message, or a control frame. `payload` points into the input or the decoder, until the next call. Of a close
// frame it is the reason.
struct Message {
  Opcode opcode = Opcode::binary;  // never a continuation
  std::span<std::byte> payload;
  std::uint16_t closeCode = 0;  // of a close frame
};

class Decoder {
 public:
  using Role = wire::Role;

  // As FrameDecoder's.
  Decoder(Role role, const DecoderLimits& limits, Inflaters* inflaters = nullptr) : frames_(role, limits, inflaters) {}
  Decoder(Role role, std::size_t messageBytes) : Decoder(role, DecoderLimits{.messageBytes = messageBytes}) {}

  // The next message of `input`, whose front it consumes and whose bytes it may change; none when all of `input` is
  // consumed and the message goes on in later input. REQUIRES: no error before. Cost: no allocation unless a message is
  // compressed, fragmented or goes on in later input; what a sender announces is allocated only as it arrives.
  std::expected<std::optional<Message>, FrameError> next(std::span<std::byte>& input);

  // Bytes that it holds of an unfinished message, or of one that it handed out.
  std::size_t heldBytes() const;

 private:
  FrameDecoder frames_;
  std::string held_;        // a message so far
  bool handedOut_ = false;  // held_ is what the last call handed out
};

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
