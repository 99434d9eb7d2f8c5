#include "wire/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace duramen::wire {
namespace {

constexpr int rawWindowBits = -15;  // no header: what the peer used is this or less
constexpr std::size_t stepBytes = 16 * 1024;

std::unexpected<FrameError> broken() {
  return std::unexpected(FrameError{close_code::invalidPayload, "a compressed message cannot be inflated"});
}

}  // namespace

struct Inflater::Stream {
  Stream() {
    if (::inflateInit2(&z, rawWindowBits) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { ::inflateEnd(&z); }
  z_stream z{};
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

std::expected<std::string, FrameError> Inflater::inflate(std::span<const std::byte> compressed, std::size_t bytesMost) {
  // RFC 7692 §7.2.2: the sender has cut these off.
  static constexpr std::array<unsigned char, 4> tail = {0x00, 0x00, 0xff, 0xff};
  if (!stream_) stream_ = std::make_unique<Stream>();
  z_stream& z = stream_->z;
  ::inflateReset(&z);
  std::string out;
  for (const auto& [data, size] :
       {std::pair{reinterpret_cast<const unsigned char*>(compressed.data()), compressed.size()},
        std::pair{tail.data(), tail.size()}}) {
    z.next_in = const_cast<unsigned char*>(data);
    z.avail_in = static_cast<uInt>(size);
    for (;;) {
      const std::size_t before = out.size(), step = std::min(stepBytes, bytesMost + 1 - before);
      out.resize(before + step);
      z.next_out = reinterpret_cast<unsigned char*>(out.data()) + before;
      z.avail_out = static_cast<uInt>(step);
      const int result = ::inflate(&z, Z_SYNC_FLUSH);
      out.resize(before + step - z.avail_out);
      if (out.size() > bytesMost)
        return std::unexpected(FrameError{close_code::messageTooBig, "the message is too big when it is inflated"});
      if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) return broken();
      // §7.2.3.4: what follows a block that calls itself the last one is read as another stream.
      if (result == Z_STREAM_END) ::inflateReset(&z);
      if (z.avail_in == 0 && z.avail_out > 0) break;
      if (result == Z_BUF_ERROR) return broken();
    }
  }
  const bool atBlocksEnd = (z.data_type & 128) != 0;
  if (!atBlocksEnd) return broken();  // it was cut off
  return out;
}

}  // namespace duramen::wire
