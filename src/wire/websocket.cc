#include "wire/websocket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "wire/mask.h"

namespace duramen::wire {
namespace {

constexpr std::size_t controlBytesMost = 125;  // RFC 6455 §5.5

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

}  // namespace

std::expected<std::optional<Message>, FrameError> Decoder::next(std::span<std::byte>& input) {
  if (std::exchange(handedOut_, false)) std::string{}.swap(held_);  // assignment would keep the memory
  for (;;) {
    auto frames = std::numeric_limits<std::size_t>::max();
    const auto piece = frames_.next(input, frames);
    if (!piece) return std::unexpected(piece.error());
    if (!*piece) return std::nullopt;
    const auto& [opcode, payload, first, last, closeCode] = **piece;
    if (first && last) return Message{opcode, payload, closeCode};
    held_.append(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (!last) continue;
    handedOut_ = true;
    return Message{opcode, std::as_writable_bytes(std::span(held_))};
  }
}

std::size_t Decoder::heldBytes() const {
  return frames_.heldBytes() + (held_.capacity() > std::string{}.capacity() ? held_.capacity() : 0);
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
  applyMask(std::as_writable_bytes(std::span(out)).subspan(start), bytes.data(), 0);
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
