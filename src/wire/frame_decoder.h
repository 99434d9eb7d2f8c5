#pragma once
// Reads WebSocket frames (RFC 6455 §5), without I/O. Messages are handed out in pieces as they arrive, unmasked in
// place in the caller's read buffer or inflated a few KiB at a time, so a connection owns no bytes of a message that is
// under way. websocket.h has a decoder that puts the pieces together.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "base/utf8.h"
#include "wire/frame_error.h"
#include "wire/inflate.h"

namespace duramen::wire {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Who sends what is decoded: a client's frames are masked, a server's are not.
enum class Role : std::uint8_t { server, client };

// The next bytes of a message, or a whole control frame. `payload` points into the input or the decoder, until the next
// call. Of a close frame it is the reason.
struct Piece {
  Opcode opcode = Opcode::binary;  // of the message: never a continuation
  std::span<std::byte> payload;
  bool first = true;
  bool last = true;
  std::uint16_t closeCode = 0;  // of a close frame
};

// What a peer may make of us.
struct DecoderLimits {
  std::size_t messageBytes = 4 * 1024 * 1024;  // also of one that is inflated
  std::size_t fragments = 16 * 1024;           // of one message
  std::size_t pieceBytes = SIZE_MAX;           // handed out at once
};

class FrameDecoder {
 public:
  // `role`: whose end of the connection this is. `inflaters`: take compressed messages, if permessage-deflate was
  // agreed on; null: it was not. They outlive the decoder.
  FrameDecoder(Role role, const DecoderLimits& limits, Inflaters* inflaters = nullptr)
      : limits_(limits), inflaters_(inflaters), role_(role) {}

  // The next piece of `input`, whose front it consumes and whose bytes it may change; none when all of `input` is
  // consumed, or when a frame would begin and `frames`, from which each takes one, is 0.
  // REQUIRES: no error before. Cost: no allocation but for control frames that are split over reads, and an inflater.
  std::expected<std::optional<Piece>, FrameError> next(std::span<std::byte>& input, std::size_t& frames);
  // Whether next() may give a piece without further input.
  bool hasMore() const { return inflating_; }
  // Whether a message has begun and not ended.
  bool isWithinMessage() const { return message_ != Opcode::continuation; }
  // Of memory, of a message or a frame that is under way.
  std::size_t heldBytes() const;

 private:
  using Next = std::expected<std::optional<Piece>, FrameError>;

  std::expected<bool, FrameError> readHeader(std::span<std::byte>& input);
  std::optional<FrameError> checkStart(std::uint8_t first, std::uint8_t second) const;
  std::optional<FrameError> checkLength() const;
  Next control(std::span<std::byte>& input);
  Next plain(std::span<std::byte>& input);
  Next deflated(std::span<std::byte>& input);
  Next inflated();
  Next hand(std::span<std::byte> payload, bool last);
  std::expected<Piece, FrameError> closeFrameOf(std::span<std::byte> payload) const;
  std::span<std::byte> takeFrom(std::span<std::byte>& input, std::size_t most);
  void unmask(std::span<std::byte> bytes);
  void endMessage();
  bool isControl() const { return (static_cast<std::uint8_t>(opcode_) & 8) != 0; }

  std::string control_;                 // a control frame so far, or the one that was handed out
  std::unique_ptr<Inflater> inflater_;  // of a compressed message
  std::size_t messageBytes_ = 0;        // of its payload so far, as it is handed out
  Utf8Check text_;                      // of a text message so far
  DecoderLimits limits_;
  Inflaters* inflaters_;
  std::size_t framed_ = 0;       // of the message's frames so far, as they are announced
  std::size_t fragments_ = 0;    // of the message so far
  std::uint64_t remaining_ = 0;  // of the frame's payload
  std::array<std::byte, 14> header_{};
  std::uint8_t headerSize_ = 0;
  std::uint8_t maskAt_ = 0;  // which byte of the mask comes next
  Role role_;
  Opcode opcode_ = Opcode::binary;         // of the frame
  Opcode message_ = Opcode::continuation;  // of the message; continuation if there is none
  bool compressed_ = false;                // that message
  bool fresh_ = true;                      // nothing of that message was handed out
  bool inFrame_ = false;
  bool final_ = false;
  bool inflating_ = false;  // the inflater has input, or what it has made of it
  bool inflatesEnd_ = false;
  bool handedOut_ = false;  // control_ was
};

// Whether a peer may send it in a close frame (RFC 6455 §7.4).
bool validCloseCode(std::uint16_t code);

}  // namespace duramen::wire
