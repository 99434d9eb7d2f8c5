// Whatever a browser may send as a message, and whatever a server may: read or refused with a sentence; what was read
// is written and read again as the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "wire/realtime.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = duramen::wire;
  const wire::Bytes message = std::as_bytes(std::span(data, size));
  const wire::RequestLimits limits{.idBytes = 64, .argsBytes = 1024, .urlBytes = 256};
  if (const auto request = wire::decodeActionRequest(message, limits)) {
    if (request->requestId.size() != wire::streamIdBytes || request->clientUrl.size() > limits.urlBytes) std::abort();
    const std::string again = wire::encodeActionRequest(*request);
    if (wire::decodeActionRequest(std::as_bytes(std::span(again)), limits) != *request) std::abort();
  } else if (request.error().text.empty()) {
    std::abort();
  }
  if (const auto server = wire::decodeServerMessage(message); !server && server.error().text.empty()) std::abort();
  return 0;
}
