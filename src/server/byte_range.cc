#include "server/byte_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/ascii.h"
#include "server/header_list.h"

namespace duramen::server {
namespace {

// Digits alone. A number that is too large for us is larger than any file.
std::optional<std::uint64_t> positionOf(std::string_view text) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

// "-500": the last ones.
RequestedRange suffixOf(std::string_view length, std::uint64_t size) {
  const auto wanted = positionOf(length);
  if (!wanted) return WholeBody{};
  if (*wanted == 0) return UnsatisfiableRange{};
  if (size == 0) return WholeBody{};  // Content-Range cannot name a part of nothing
  const std::uint64_t taken = std::min(*wanted, size);
  return BytePart{.offset = size - taken, .size = taken};
}

RequestedRange oneOf(std::string_view spec, std::uint64_t size) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return WholeBody{};
  if (dash == 0) return suffixOf(spec.substr(1), size);
  const auto first = positionOf(spec.substr(0, dash));
  const std::string_view end = spec.substr(dash + 1);
  const auto last = end.empty() ? std::optional{std::numeric_limits<std::uint64_t>::max()} : positionOf(end);
  if (!first || !last || *first > *last) return WholeBody{};
  if (*first >= size) return UnsatisfiableRange{};
  return BytePart{.offset = *first, .size = std::min(*last, size - 1) - *first + 1};
}

}  // namespace

RequestedRange rangeOf(std::string_view header, std::uint64_t size) {
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos || !equalIgnoringCase(trimmedBlanks(header.substr(0, equals)), "bytes"))
    return WholeBody{};
  std::string_view rest = header.substr(equals + 1);
  std::string_view only;
  while (!rest.empty()) {
    const std::string_view spec = takeMember(rest);
    if (spec.empty()) continue;
    if (!only.empty()) return WholeBody{};
    only = spec;
  }
  return oneOf(only, size);
}

std::string contentRange(BytePart part, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", part.offset, part.offset + part.size - 1, size);
}

std::string noContentRange(std::uint64_t size) { return fmt::format("bytes */{}", size); }

}  // namespace duramen::server
