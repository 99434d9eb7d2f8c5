#pragma once
// Where the body of a request ends (RFC 9112 §6 and §7.1). Two readers that disagree about that is what request
// smuggling lives on: so whatever is not exactly as it is written today is refused, also where the RFC would let it
// pass.

#include <cstdint>
#include <expected>
#include <string_view>

#include "duramen/request.h"
#include "server/http_error.h"

namespace duramen::server {

struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;  // if it is not chunked
};

// By the fields of `request`. REQUIRES: each name is there once (field_lines.h).
std::expected<BodyFraming, HttpError> framingOf(const Request& request, bool isHttp11);

// The size that a chunk's first line tells. Its extensions are checked, and mean nothing to us.
std::expected<std::uint64_t, HttpError> chunkSize(std::string_view line);

}  // namespace duramen::server
