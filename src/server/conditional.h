#pragma once
// Conditional requests: RFC 9110 §13. What a client has of a file, or wants of it, is compared with what there is.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "duramen/request.h"

namespace duramen::server {

struct Validators {
  std::string etag;  // strong, with its quotes: "\"1f3a\""
  std::optional<std::chrono::sys_seconds> lastModified = {};
};

// Each as its own answer: the file, 304, 412.
enum class Precondition : std::uint8_t { holds, notModified, failed };

// If-Match, or else If-Unmodified-Since; then If-None-Match, or else If-Modified-Since, in the order of §13.2.2. A date
// that is none, or is compared with a file that has none, is passed over. REQUIRES: a GET or HEAD.
Precondition preconditionOf(const Request& request, const Validators& file, std::chrono::sys_seconds now);

// Whether a range of the file is still what the client means by it: If-Range, by strong comparison (§13.1.5). A date
// counts only if the file is older than a second, since it may have changed twice in one. True without the header.
bool rangeApplies(const Request& request, const Validators& file, std::chrono::sys_seconds now);

}  // namespace duramen::server
