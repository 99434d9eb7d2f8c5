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

#include "base/utf8.h"
#include "wire/frame_error.h"
#include "wire/inflate.h"

namespace duramen::wire {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// A whole message, or a control frame. `payload` points into the input or the decoder, until the next call. Of a close
// frame it is the reason.
struct Message {
  Opcode opcode = Opcode::binary;  // never a continuation
  std::span<std::byte> payload;
  std::uint16_t closeCode = 0;  // of a close frame
};

// What a peer may make of us.
struct DecoderLimits {
  std::size_t messageBytes = 4 * 1024 * 1024;  // also of one that is inflated
  std::size_t fragments = 16 * 1024;           // of one message
};

class Decoder {
 public:
  enum class Role : std::uint8_t { server, client };  // a server's input is masked, a client's is not

  // `inflater`: takes compressed messages, if permessage-deflate was agreed on; null: it was not. It outlives the
  // decoder.
  Decoder(Role role, const DecoderLimits& limits, Inflater* inflater = nullptr)
      : limits_(limits), inflater_(inflater), role_(role) {}

  Decoder(Role role, std::size_t messageBytes) : Decoder(role, DecoderLimits{.messageBytes = messageBytes}) {}

  // The next message of `input`, whose front it consumes and whose bytes it may change; none when all of `input` is
  // consumed and the message goes on in later input. REQUIRES: no error before. Cost: no allocation unless a message is
  // fragmented or goes on in later input; what a sender announces is allocated only as it arrives.
  std::expected<std::optional<Message>, FrameError> next(std::span<std::byte>& input);
  // Begins at most `frames` frames, and takes those from the number: at 0 there is none, though input may be left.
  std::expected<std::optional<Message>, FrameError> next(std::span<std::byte>& input, std::size_t& frames);

  // Bytes that it holds of an unfinished message, or of one that it handed out.
  std::size_t heldBytes() const { return ofHeap(held_) + ofHeap(inflated_); }

 private:
  static std::size_t ofHeap(const std::string& text) {
    return text.capacity() > std::string{}.capacity() ? text.capacity() : 0;
  }
  std::expected<bool, FrameError> readHeader(std::span<std::byte>& input);
  std::optional<FrameError> checkStart(std::uint8_t first, std::uint8_t second) const;
  std::optional<FrameError> checkLength() const;
  std::optional<FrameError> checkText(std::span<const std::byte> piece);
  std::expected<Message, FrameError> finish(std::span<std::byte> payload);
  std::expected<Message, FrameError> finishCompressed(Opcode opcode, std::span<const std::byte> payload);
  std::expected<Message, FrameError> finishClose(std::span<std::byte> payload) const;
  void unmask(std::span<std::byte> bytes);
  bool isControl() const { return (static_cast<std::uint8_t>(opcode_) & 8) != 0; }

  std::string held_;             // a message so far, then a control frame so far
  std::size_t heldMessage_ = 0;  // how much of it is the message
  std::string inflated_;         // what was handed out last, if it was compressed
  Utf8Check text_;               // of a text message so far
  DecoderLimits limits_;
  Inflater* inflater_;
  std::size_t fragments_ = 0;    // of the message so far
  std::uint64_t remaining_ = 0;  // of the frame's payload
  std::array<std::byte, 14> header_{};
  std::uint8_t headerSize_ = 0;
  std::uint8_t maskAt_ = 0;  // which byte of the mask comes next
  Role role_;
  Opcode opcode_ = Opcode::binary;         // of the frame
  Opcode message_ = Opcode::continuation;  // of the fragmented message; continuation if there is none
  bool compressed_ = false;                // that message
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
