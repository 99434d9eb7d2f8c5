#pragma once
// The cases of test/vectors/flight, done by us: what a page or a value becomes, and what a reply means.

#include <stdexcept>
#include <string>
#include <vector>

#include "duramen/value.h"
#include "flight/multipart.h"

namespace duramen::flight::testing {

// Why a case is no case, or is refused. Encoding throws EncodeError and NotOurs as well.
struct Rejected : std::runtime_error {
  using runtime_error::runtime_error;
};

// The rows of {"model": ...}, numbered as React numbers them.
std::string flightOf(const Value& each);
// The HTML of {"tree": ...}, what is hoisted first.
std::string htmlOf(const Value& each);
// The parts of {"encoded": ...} or {"parts": [...]}.
std::vector<Part> partsOf(const Value& each);
// What {"encoded": ...} or {"parts": [...]} mean, described (describe.h).
std::string replyOf(const Value& each);

}  // namespace duramen::flight::testing
