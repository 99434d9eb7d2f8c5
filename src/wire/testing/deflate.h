#pragma once
// What a client with permessage-deflate sends (RFC 7692 §7.2.1), for tests and benchmarks.

#include <zlib.h>

#include <string>
#include <string_view>

#include "wire/websocket.h"

namespace duramen::wire::testing {

inline std::string deflated(std::string_view text, int flush = Z_SYNC_FLUSH) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1024, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  ::deflate(&z, flush);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (flush == Z_SYNC_FLUSH) out.resize(out.size() - 4);
  return out;
}

// A message's first frame, of a payload that is compressed already.
inline void appendCompressedFrame(std::string& out, std::string_view payload, MaskKey key, bool final = true,
                                  Opcode opcode = Opcode::binary) {
  const std::size_t at = out.size();
  appendMaskedFrame(out, opcode, payload, key, final);
  out[at] = static_cast<char>(out[at] | 0x40);
}

inline std::string compressedFrame(std::string_view message, MaskKey key) {
  std::string out;
  appendCompressedFrame(out, deflated(message), key);
  return out;
}

}  // namespace duramen::wire::testing
