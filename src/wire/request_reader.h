#pragma once
// Reads a browser's message (ACTION_REQUEST, docs/protocol.md) as it arrives, in pieces. It keeps the four members that
// an action needs and checks the rest of the JSON without keeping it: what a message makes us hold is bounded by
// RequestLimits and not by its size.

#include <cstddef>
#include <expected>
#include <memory>

#include "wire/realtime.h"

namespace duramen::wire {

class RequestReader {
 public:
  explicit RequestReader(const RequestLimits& limits = {});
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;
  ~RequestReader();

  // Takes the message's next bytes; what follows an error is dropped. Cost: linear in the bytes, no allocation but for
  // what is kept.
  void feed(Bytes piece);
  // The message has ended. Once.
  std::expected<ActionRequest, MessageError> finish();
  // Of memory, at this moment.
  std::size_t heldBytes() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace duramen::wire
