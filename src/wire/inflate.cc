#include "wire/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace duramen::wire {
namespace {

constexpr int rawWindowBits = -15;  // no header: what the peer used is this or less
constexpr std::size_t scratchBytes = 4 * 1024;
constexpr std::size_t mostIdle = 4;  // more than are in use at once when nobody attacks

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

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {}
Inflater::~Inflater() = default;

void Inflater::reset() {
  ::inflateReset(&stream_->z);
  stream_->z.avail_in = 0;
  ended_ = wasFull_ = atBlocksEnd_ = false;
}

std::size_t Inflater::give(std::span<const std::byte> compressed) {
  z_stream& z = stream_->z;
  if (z.avail_in > 0) return 0;
  const std::size_t size = std::min(compressed.size(), input_.size());
  if (size > 0) std::memcpy(input_.data(), compressed.data(), size);
  z.next_in = input_.data();
  z.avail_in = static_cast<uInt>(size);
  return size;
}

std::span<std::byte> Inflater::given() { return std::as_writable_bytes(std::span(input_).first(stream_->z.avail_in)); }

void Inflater::giveEnd() {
  // RFC 7692 §7.2.2: the sender has cut these off.
  static constexpr std::array<unsigned char, 4> tail = {0x00, 0x00, 0xff, 0xff};
  give(std::as_bytes(std::span(tail)));
  ended_ = true;
}

std::expected<std::size_t, FrameError> Inflater::take(std::span<std::byte> out) {
  z_stream& z = stream_->z;
  z.next_out = reinterpret_cast<unsigned char*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  // Also without input it may have something that there was no room for.
  for (bool more = z.avail_in > 0 || wasFull_; more; more = z.avail_in > 0 && z.avail_out > 0) {
    const int result = ::inflate(&z, Z_SYNC_FLUSH);
    const bool idle = result == Z_BUF_ERROR && z.avail_in == 0;
    if (result != Z_OK && result != Z_STREAM_END && !idle) return broken();
    if (!idle) atBlocksEnd_ = (z.data_type & 128) != 0;
    // §7.2.3.4: what follows a block that calls itself the last one is read as another stream.
    if (result == Z_STREAM_END) ::inflateReset(&z);
  }
  wasFull_ = z.avail_out == 0;
  if (ended_ && !wasFull_ && !atBlocksEnd_) return broken();  // it was cut off
  return out.size() - z.avail_out;
}

Inflaters::Inflaters() : scratch_(scratchBytes) {}

std::unique_ptr<Inflater> Inflaters::take() {
  if (idle_.empty()) return std::make_unique<Inflater>();
  std::unique_ptr<Inflater> inflater = std::move(idle_.back());
  idle_.pop_back();
  inflater->reset();
  return inflater;
}

void Inflaters::giveBack(std::unique_ptr<Inflater> inflater) {
  if (inflater && idle_.size() < mostIdle) idle_.push_back(std::move(inflater));
}

}  // namespace duramen::wire
