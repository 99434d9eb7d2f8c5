#pragma once
// What permessage-deflate has compressed, without context takeover (RFC 7692 §7.2.2): each message by itself. One may
// serve all connections of a loop: between messages it holds nothing of theirs.

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "wire/frame_error.h"

namespace duramen::wire {

class Inflater {
 public:
  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  // The message, of at most `bytesMost`: what would be longer is given up while it is inflated.
  std::expected<std::string, FrameError> inflate(std::span<const std::byte> compressed, std::size_t bytesMost);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace duramen::wire
