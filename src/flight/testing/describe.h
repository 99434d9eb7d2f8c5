#pragma once
// A value that was decoded, as test vectors describe it (test/vectors/flight/README.md).

#include <string>
#include <string_view>

#include "duramen/value.h"

namespace duramen::flight::testing {

// As JSON.
std::string described(const Value& value);
// Text as JSON.
std::string quoted(std::string_view text);

}  // namespace duramen::flight::testing
