#pragma once
// The Range header: RFC 9110 §14. Only bytes, and only one range: a request for several is answered whole, as for any
// range that is not understood, so that no request can ask for one file many times over.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace duramen::server {

struct BytePart {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const BytePart&, const BytePart&) = default;
};

struct WholeBody {
  friend bool operator==(const WholeBody&, const WholeBody&) = default;
};
// No byte of it is there: 416.
struct UnsatisfiableRange {
  friend bool operator==(const UnsatisfiableRange&, const UnsatisfiableRange&) = default;
};
using RequestedRange = std::variant<WholeBody, BytePart, UnsatisfiableRange>;

// Of a body of `size` bytes. A BytePart lies within it and is not empty.
RequestedRange rangeOf(std::string_view header, std::uint64_t size);

// Content-Range: "bytes 0-99/1234", and "bytes */1234" for none.
std::string contentRange(BytePart part, std::uint64_t size);
std::string noContentRange(std::uint64_t size);

}  // namespace duramen::server
