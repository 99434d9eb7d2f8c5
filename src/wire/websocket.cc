#include "wire/websocket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "base/ascii.h"
#include "base/utf8.h"

namespace duramen::wire {
namespace {

constexpr std::size_t controlBytesMost = 125;  // RFC 6455 §5.5
constexpr std::uint8_t compressedBit = 0x40;   // RFC 7692 §6: of a message's first frame

std::uint8_t at(std::span<const std::byte> bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

constexpr FrameError noUtf8{close_code::invalidPayload, "a text message is not UTF-8"};

std::unexpected<FrameError> protocolError(std::string_view reason) {
  return std::unexpected(FrameError{close_code::protocolError, reason});
}

bool knownOpcode(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::size_t lengthBytes(std::uint8_t lengthField) { return lengthField == 126 ? 2 : lengthField == 127 ? 8 : 0; }

void xorMask(std::byte* bytes, std::size_t size, std::uint64_t mask) {
  // Hot: every byte that a client sends passes here (wire/wire_bench.cc, BM_DecodeMasked). Eight at a time, which the
  // compiler makes wider still.
  std::size_t done = 0;
  for (; done + 8 <= size; done += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + done, 8);
    word ^= mask;
    std::memcpy(bytes + done, &word, 8);
  }
  std::array<std::byte, 8> tail{};
  std::memcpy(tail.data(), &mask, 8);
  for (std::size_t i = 0; done < size; ++done, ++i) bytes[done] ^= tail[i];
}

// The key's four bytes twice, from `start` on, in memory order.
std::uint64_t repeatedMask(const std::byte* key, std::size_t start) {
  std::array<std::byte, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = key[(start + i) % 4];
  std::uint64_t mask = 0;
  std::memcpy(&mask, bytes.data(), 8);
  return mask;
}

void appendBigEndian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
}

void appendHeader(std::string& out, Opcode opcode, std::uint64_t payloadBytes, bool final, std::uint8_t maskBit) {
  out += static_cast<char>((final ? 0x80 : 0) | static_cast<std::uint8_t>(opcode));
  if (payloadBytes < 126) {
    out += static_cast<char>(maskBit | payloadBytes);
  } else if (payloadBytes <= 0xffff) {
    out += static_cast<char>(maskBit | 126);
    appendBigEndian(out, payloadBytes, 2);
  } else {
    out += static_cast<char>(maskBit | 127);
    appendBigEndian(out, payloadBytes, 8);
  }
}

bool validUtf8(std::span<const std::byte> text) {
  return isUtf8({reinterpret_cast<const char*>(text.data()), text.size()});
}

}  // namespace

std::expected<std::optional<Message>, FrameError> Decoder::next(std::span<std::byte>& input) {
  auto frames = std::numeric_limits<std::size_t>::max();
  return next(input, frames);
}

std::expected<std::optional<Message>, FrameError> Decoder::next(std::span<std::byte>& input, std::size_t& frames) {
  if (!inflated_.empty()) std::string{}.swap(inflated_);
  if (handedOut_) {
    // What was handed out: a control frame at the end, or else the whole message.
    if (heldMessage_ > 0) {
      held_.resize(heldMessage_);
    } else {
      std::string{}.swap(held_);  // assignment would keep the memory
    }
    handedOut_ = false;
  }
  for (;;) {
    if (!inFrame_) {
      if (frames == 0) return std::nullopt;
      const auto whole = readHeader(input);
      if (!whole) return std::unexpected(whole.error());
      if (!*whole) return std::nullopt;
      --frames;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
    const std::span<std::byte> piece = input.first(size);
    input = input.subspan(size);
    unmask(piece);
    remaining_ -= size;
    if (const auto error = checkText(piece)) return std::unexpected(*error);

    const std::size_t heldBefore = isControl() ? heldMessage_ : 0;
    const bool holdsSome = held_.size() > heldBefore;
    const bool frameEnds = remaining_ == 0;
    const bool messageEnds = frameEnds && (isControl() || final_);
    if (messageEnds) inFrame_ = false;
    if (messageEnds && !holdsSome) {
      auto message = finish(piece);
      if (!message) return std::unexpected(message.error());
      return *message;
    }
    held_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    if (messageEnds) {
      handedOut_ = true;
      if (!isControl()) heldMessage_ = 0;
      auto message = finish(std::as_writable_bytes(std::span(held_)).subspan(heldBefore));
      if (!message) return std::unexpected(message.error());
      return *message;
    }
    if (!isControl()) heldMessage_ = held_.size();
    if (!frameEnds) return std::nullopt;
    inFrame_ = false;
  }
}

// Whether the header is whole. Takes bytes one by one only where a header is split over reads or ends the input.
std::expected<bool, FrameError> Decoder::readHeader(std::span<std::byte>& input) {
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
    fragments_ = 0;
    text_ = {};
  }
  if (!isControl() && ++fragments_ > limits_.fragments)
    return std::unexpected(FrameError{close_code::policyViolation, "a message of too many fragments"});
  inFrame_ = true;
  return true;
}

// Of an uncompressed text message, at its first wrong byte (RFC 6455 §8.1).
std::optional<FrameError> Decoder::checkText(std::span<const std::byte> piece) {
  if (isControl() || message_ != Opcode::text || compressed_) return std::nullopt;
  if (text_.feed({reinterpret_cast<const char*>(piece.data()), piece.size()})) return std::nullopt;
  return noUtf8;
}

std::optional<FrameError> Decoder::checkStart(std::uint8_t first, std::uint8_t second) const {
  const auto error = [](std::string_view reason) { return FrameError{close_code::protocolError, reason}; };
  const auto opcode = static_cast<std::uint8_t>(first & 0x0f);
  const bool control = (opcode & 8) != 0;
  if ((first & 0x70 & ~compressedBit) != 0) return error("reserved bits are set");
  const bool begins = opcode == 1 || opcode == 2;
  if ((first & compressedBit) != 0 && (!inflater_ || !begins)) return error("reserved bits are set");
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

std::optional<FrameError> Decoder::checkLength() const {
  const std::uint8_t lengthField = at(header_, 1) & 0x7f;
  if ((lengthField == 126 && remaining_ < 126) || (lengthField == 127 && remaining_ <= 0xffff))
    return FrameError{close_code::protocolError, "a length that is not in its shortest form"};
  if (remaining_ >> 63 != 0) return FrameError{close_code::protocolError, "a length of more than 63 bits"};
  if (!isControl() && remaining_ > limits_.messageBytes - std::min<std::uint64_t>(heldMessage_, limits_.messageBytes))
    return FrameError{close_code::messageTooBig, "the message is too big"};
  return std::nullopt;
}

std::expected<Message, FrameError> Decoder::finish(std::span<std::byte> payload) {
  if (opcode_ == Opcode::close) return finishClose(payload);
  if (isControl()) return Message{opcode_, payload};
  const Opcode opcode = message_;
  message_ = Opcode::continuation;
  if (compressed_) return finishCompressed(opcode, payload);
  if (opcode == Opcode::text && !text_.whole()) return std::unexpected(noUtf8);
  return Message{opcode, payload};
}

std::expected<Message, FrameError> Decoder::finishCompressed(Opcode opcode, std::span<const std::byte> payload) {
  auto message = inflater_->inflate(payload, limits_.messageBytes);
  if (!message) return std::unexpected(message.error());
  inflated_ = std::move(*message);
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(inflated_));
  if (opcode == Opcode::text && !validUtf8(bytes)) return std::unexpected(noUtf8);
  return Message{opcode, bytes};
}

std::expected<Message, FrameError> Decoder::finishClose(std::span<std::byte> payload) const {
  if (payload.empty()) return Message{Opcode::close, payload, close_code::none};
  if (payload.size() == 1) return protocolError("a close frame of one byte");
  const auto code = static_cast<std::uint16_t>(at(payload, 0) << 8 | at(payload, 1));
  if (!validCloseCode(code)) return protocolError("an invalid close code");
  const std::span<std::byte> reason = payload.subspan(2);
  if (!validUtf8(reason)) return std::unexpected(FrameError{close_code::invalidPayload, "a close reason is not UTF-8"});
  return Message{Opcode::close, reason, code};
}

void Decoder::unmask(std::span<std::byte> bytes) {
  if (role_ == Role::client || bytes.empty()) return;
  xorMask(bytes.data(), bytes.size(), repeatedMask(header_.data(), maskAt_));
  maskAt_ = static_cast<std::uint8_t>((maskAt_ + bytes.size()) % 4);
}

bool validCloseCode(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

void appendFrameHeader(std::string& out, Opcode opcode, std::uint64_t payloadBytes, bool final) {
  appendHeader(out, opcode, payloadBytes, final, 0);
}

void appendFrame(std::string& out, Opcode opcode, std::string_view payload, bool final) {
  appendFrameHeader(out, opcode, payload.size(), final);
  out += payload;
}

std::string frame(Opcode opcode, std::string_view payload) {
  std::string out;
  out.reserve(payload.size() + 10);
  appendFrame(out, opcode, payload);
  return out;
}

std::string closeFrame(std::uint16_t code, std::string_view reason) {
  assert(validCloseCode(code));
  if (reason.size() > controlBytesMost - 2) {
    std::size_t end = controlBytesMost - 2;
    while (end > 0 && (static_cast<std::uint8_t>(reason[end]) & 0xc0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  std::string out;
  appendFrameHeader(out, Opcode::close, reason.size() + 2);
  appendBigEndian(out, code, 2);
  out += reason;
  return out;
}

void appendMaskedFrame(std::string& out, Opcode opcode, std::string_view payload, MaskKey key, bool final) {
  appendHeader(out, opcode, payload.size(), final, 0x80);
  std::array<std::byte, 4> bytes{};
  std::memcpy(bytes.data(), key.data(), 4);
  out.append(reinterpret_cast<const char*>(key.data()), 4);
  const std::size_t start = out.size();
  out += payload;
  const std::span<std::byte> body = std::as_writable_bytes(std::span(out)).subspan(start);
  xorMask(body.data(), body.size(), repeatedMask(bytes.data(), 0));
}

std::string acceptKey(std::string_view clientKey) {
  std::string text{clientKey};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

bool validClientKey(std::string_view key) {
  const auto isBase64 = [](char c) { return isLetter(c) || isDigit(c) || c == '+' || c == '/'; };
  return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), isBase64);
}

}  // namespace duramen::wire
