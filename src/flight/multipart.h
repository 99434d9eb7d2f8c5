#pragma once
// A body of multipart/form-data (RFC 7578), as browsers send FormData.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/shared_bytes.h"

namespace duramen::flight {

// One field. `data` shares the body.
struct Part {
  std::string name;
  SharedBytes data;
  bool isFile = false;
  std::string filename;
  std::string type;
};

struct MultipartLimits {
  std::size_t parts = 1000;
  std::size_t headerBytes = 8 * 1024;       // of one part
  std::size_t textBytes = 8 * 1024 * 1024;  // of all parts that are no files: those are read, and take time and memory
};

struct MultipartError {
  std::size_t offset = 0;  // in the body
  std::string what;        // "expected a boundary"
};
// "byte 17: expected a boundary"
std::string describe(const MultipartError& error);

// The boundary that a Content-Type names; nothing if it is not multipart/form-data with one of 1 to 70 characters.
std::optional<std::string> multipartBoundary(std::string_view contentType);

// Cost: one pass over the body, without a copy of it.
std::expected<std::vector<Part>, MultipartError> parseMultipart(const SharedBytes& body, std::string_view boundary,
                                                                const MultipartLimits& limits = {});

}  // namespace duramen::flight
