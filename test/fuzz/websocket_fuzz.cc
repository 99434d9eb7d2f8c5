// Any bytes as a WebSocket stream, with and without permessage-deflate, in whole and in pieces: the same messages, the
// same end, nothing held afterwards.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "wire/websocket.h"

namespace {

using duramen::wire::Decoder;

struct Outcome {
  std::vector<std::string> messages;
  int closeCode = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(const std::string& bytes, Decoder::Role role, bool deflate, std::size_t piece) {
  static duramen::wire::Inflaters inflaters;
  Decoder decoder{role, {.messageBytes = 4096, .fragments = 16}, deflate ? &inflaters : nullptr};
  Outcome out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string part = bytes.substr(at, piece);
    std::span<std::byte> rest = std::as_writable_bytes(std::span(part));
    for (;;) {
      const auto message = decoder.next(rest);
      if (!message) {
        // One that is too big and broken ends for what is seen first, which depends on where the inflater pauses.
        const bool either = deflate && message.error().closeCode == duramen::wire::close_code::messageTooBig;
        out.closeCode = either ? duramen::wire::close_code::invalidPayload : message.error().closeCode;
        return out;
      }
      if (!*message) break;
      const auto& [opcode, payload, code] = **message;
      if (payload.size() > 4096) std::abort();
      out.messages.push_back(std::to_string(static_cast<int>(opcode)) + '/' + std::to_string(code) + '/' +
                             std::string(reinterpret_cast<const char*>(payload.data()), payload.size()));
    }
    if (!rest.empty() || decoder.heldBytes() > 4 * (4096 + 125) + duramen::wire::Inflater::heldBytes) std::abort();
  }
  return out;
}

}  // namespace

// The first byte says whose input it is and how it is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto role = (data[0] & 1) != 0 ? Decoder::Role::server : Decoder::Role::client;
  const std::string bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const bool deflate = (data[0] & 2) != 0;
  const Outcome whole = decode(bytes, role, deflate, bytes.size());
  if (decode(bytes, role, deflate, 1 + data[0] / 4) != whole) std::abort();
  return 0;
}
