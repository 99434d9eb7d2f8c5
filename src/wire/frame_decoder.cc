#include "wire/frame_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/mask.h"

namespace duramen::wire {
namespace {

constexpr std::size_t controlBytesMost = 125;  // RFC 6455 §5.5
constexpr std::uint8_t compressedBit = 0x40;   // RFC 7692 §6: of a message's first frame

std::uint8_t at(std::span<const std::byte> bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

std::string_view asText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr FrameError noUtf8{close_code::invalidPayload, "a text message is not UTF-8"};

std::unexpected<FrameError> protocolError(std::string_view reason) {
  return std::unexpected(FrameError{close_code::protocolError, reason});
}

bool knownOpcode(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::size_t lengthBytes(std::uint8_t lengthField) { return lengthField == 126 ? 2 : lengthField == 127 ? 8 : 0; }

}  // namespace

FrameDecoder::Next FrameDecoder::next(std::span<std::byte>& input, std::size_t& frames) {
  if (std::exchange(handedOut_, false)) std::string{}.swap(control_);  // assignment would keep the memory
  for (;;) {
    if (inflating_) {
      auto piece = inflated();
      if (!piece || *piece) return piece;
    }
    if (!inFrame_) {
      if (frames == 0) return std::nullopt;
      const auto whole = readHeader(input);
      if (!whole) return std::unexpected(whole.error());
      if (!*whole) return std::nullopt;
      --frames;
    }
    auto piece = isControl() ? control(input) : compressed_ ? deflated(input) : plain(input);
    if (!piece || *piece) return piece;
    if (inFrame_ && input.empty() && !inflating_) return std::nullopt;
  }
}

std::size_t FrameDecoder::heldBytes() const {
  const bool heap = control_.capacity() > std::string{}.capacity();
  return (heap ? control_.capacity() : 0) + (inflater_ ? Inflater::heldBytes : 0);
}

// Whether the header is whole. Takes bytes one by one only where a header is split over reads or ends the input.
std::expected<bool, FrameError> FrameDecoder::readHeader(std::span<std::byte>& input) {
  for (;;) {
    std::size_t wanted = 2;
    if (headerSize_ >= 2) {
      const std::uint8_t second = at(header_, 1);
      wanted += lengthBytes(second & 0x7f) + (role_ == Role::server ? 4 : 0);
    }
    const std::size_t size = std::min(wanted - headerSize_, input.size());
    std::ranges::copy(input.first(size), header_.begin() + headerSize_);
    input = input.subspan(size);
    headerSize_ = static_cast<std::uint8_t>(headerSize_ + size);
    if (headerSize_ < wanted) return false;
    if (headerSize_ == 2) {
      if (const auto error = checkStart(at(header_, 0), at(header_, 1))) return std::unexpected(*error);
      if (wanted == 2 && (role_ == Role::server || lengthBytes(at(header_, 1) & 0x7f) > 0)) continue;
    }
    break;
  }
  const std::uint8_t first = at(header_, 0);
  const std::uint8_t lengthField = at(header_, 1) & 0x7f;
  final_ = (first & 0x80) != 0;
  opcode_ = static_cast<Opcode>(first & 0x0f);
  remaining_ = lengthField < 126 ? lengthField : 0;
  for (std::size_t i = 0; i < lengthBytes(lengthField); ++i) remaining_ = remaining_ << 8 | at(header_, 2 + i);
  if (const auto error = checkLength()) return std::unexpected(*error);
  // The mask moves to the header's front.
  if (role_ == Role::server) std::memmove(header_.data(), header_.data() + headerSize_ - 4, 4);
  headerSize_ = 0;
  maskAt_ = 0;
  if (!isControl() && opcode_ != Opcode::continuation) {
    message_ = opcode_;
    compressed_ = (first & compressedBit) != 0;
    fresh_ = true;
    framed_ = messageBytes_ = 0;
    fragments_ = 0;
    text_ = {};
    if (compressed_) inflater_ = inflaters_->take();
  }
  if (!isControl()) framed_ += static_cast<std::size_t>(remaining_);
  if (!isControl() && ++fragments_ > limits_.fragments)
    return std::unexpected(FrameError{close_code::policyViolation, "a message of too many fragments"});
  inFrame_ = true;
  return true;
}

std::optional<FrameError> FrameDecoder::checkStart(std::uint8_t first, std::uint8_t second) const {
  const auto error = [](std::string_view reason) { return FrameError{close_code::protocolError, reason}; };
  const auto opcode = static_cast<std::uint8_t>(first & 0x0f);
  const bool control = (opcode & 8) != 0;
  if ((first & 0x70 & ~compressedBit) != 0) return error("reserved bits are set");
  const bool begins = opcode == 1 || opcode == 2;
  if ((first & compressedBit) != 0 && (!inflaters_ || !begins)) return error("reserved bits are set");
  if (!knownOpcode(opcode)) return error("unknown opcode");
  if (role_ == Role::server && (second & 0x80) == 0) return error("a client's frame is not masked");
  if (role_ == Role::client && (second & 0x80) != 0) return error("a server's frame is masked");
  if (control && (first & 0x80) == 0) return error("a control frame is fragmented");
  if (control && (second & 0x7f) > controlBytesMost) return error("a control frame is longer than 125 bytes");
  if (opcode == 0 && message_ == Opcode::continuation) return error("a continuation of no message");
  if (!control && opcode != 0 && message_ != Opcode::continuation)
    return error("a new message within a fragmented one");
  return std::nullopt;
}

std::optional<FrameError> FrameDecoder::checkLength() const {
  const std::uint8_t lengthField = at(header_, 1) & 0x7f;
  if ((lengthField == 126 && remaining_ < 126) || (lengthField == 127 && remaining_ <= 0xffff))
    return FrameError{close_code::protocolError, "a length that is not in its shortest form"};
  if (remaining_ >> 63 != 0) return FrameError{close_code::protocolError, "a length of more than 63 bits"};
  const std::size_t before = opcode_ == Opcode::continuation ? framed_ : 0;
  if (!isControl() && remaining_ > limits_.messageBytes - std::min(before, limits_.messageBytes))
    return FrameError{close_code::messageTooBig, "the message is too big"};
  return std::nullopt;
}

// Unmasked, from the front of the input.
std::span<std::byte> FrameDecoder::takeFrom(std::span<std::byte>& input, std::size_t most) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>({remaining_, input.size(), most}));
  const std::span<std::byte> taken = input.first(size);
  input = input.subspan(size);
  remaining_ -= size;
  unmask(taken);
  return taken;
}

FrameDecoder::Next FrameDecoder::control(std::span<std::byte>& input) {
  std::span<std::byte> payload = takeFrom(input, controlBytesMost);
  if (remaining_ > 0 || !control_.empty()) {
    control_.append(asText(payload));
    if (remaining_ > 0) return std::nullopt;
    handedOut_ = true;
    payload = std::as_writable_bytes(std::span(control_));
  }
  inFrame_ = false;
  if (opcode_ != Opcode::close) return Piece{.opcode = opcode_, .payload = payload};
  auto closing = closeFrameOf(payload);
  if (!closing) return std::unexpected(closing.error());
  return *closing;
}

FrameDecoder::Next FrameDecoder::plain(std::span<std::byte>& input) {
  const std::span<std::byte> payload = takeFrom(input, limits_.pieceBytes);
  const bool frameEnds = remaining_ == 0;
  if (frameEnds) inFrame_ = false;
  const bool last = frameEnds && final_;
  if (payload.empty() && !last) return std::nullopt;
  return hand(payload, last);
}

// Gives the inflater its next input.
FrameDecoder::Next FrameDecoder::deflated(std::span<std::byte>& input) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  const std::size_t given = inflater_->give(input.first(size));
  unmask(inflater_->given());
  input = input.subspan(given);
  remaining_ -= given;
  inflating_ = given > 0;
  if (remaining_ > 0) return std::nullopt;
  inFrame_ = false;
  inflatesEnd_ = final_;
  inflating_ = inflating_ || final_;
  return std::nullopt;
}

// What the inflater makes of what it was given; nothing if it wants more input.
FrameDecoder::Next FrameDecoder::inflated() {
  const std::span<std::byte> room = inflaters_->scratch();
  const std::span<std::byte> out = room.first(std::min(room.size(), limits_.pieceBytes));
  std::size_t filled = 0;
  for (;;) {
    const auto made = inflater_->take(out.subspan(filled));
    if (!made) return std::unexpected(made.error());
    filled += *made;
    messageBytes_ += *made;
    if (messageBytes_ > limits_.messageBytes)
      return std::unexpected(FrameError{close_code::messageTooBig, "the message is too big when it is inflated"});
    if (filled == out.size()) return hand(out, false);
    if (!inflatesEnd_ || inflater_->hasEnd()) break;
    inflater_->giveEnd();
  }
  inflating_ = false;
  if (filled == 0 && !inflatesEnd_) return std::nullopt;
  return hand(out.first(filled), inflatesEnd_);
}

FrameDecoder::Next FrameDecoder::hand(std::span<std::byte> payload, bool last) {
  if (message_ == Opcode::text && (!text_.feed(asText(payload)) || (last && !text_.whole())))
    return std::unexpected(noUtf8);
  const Piece piece{.opcode = message_, .payload = payload, .first = std::exchange(fresh_, false), .last = last};
  if (last) endMessage();
  return piece;
}

void FrameDecoder::endMessage() {
  message_ = Opcode::continuation;
  if (inflater_) inflaters_->giveBack(std::move(inflater_));
  inflatesEnd_ = false;
}

std::expected<Piece, FrameError> FrameDecoder::closeFrameOf(std::span<std::byte> payload) const {
  if (payload.empty()) return Piece{.opcode = Opcode::close, .payload = payload, .closeCode = close_code::none};
  if (payload.size() == 1) return protocolError("a close frame of one byte");
  const auto code = static_cast<std::uint16_t>(at(payload, 0) << 8 | at(payload, 1));
  if (!validCloseCode(code)) return protocolError("an invalid close code");
  const std::span<std::byte> reason = payload.subspan(2);
  if (!isUtf8(asText(reason)))
    return std::unexpected(FrameError{close_code::invalidPayload, "a close reason is not UTF-8"});
  return Piece{.opcode = Opcode::close, .payload = reason, .closeCode = code};
}

void FrameDecoder::unmask(std::span<std::byte> bytes) {
  if (role_ == Role::client || bytes.empty()) return;
  applyMask(bytes, header_.data(), maskAt_);
  maskAt_ = static_cast<std::uint8_t>((maskAt_ + bytes.size()) % 4);
}

bool validCloseCode(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace duramen::wire
