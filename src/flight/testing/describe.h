#pragma once
// A value that was decoded, as test vectors describe it (test/vectors/flight/README.md).

#include <string>

#include "duramen/value.h"

namespace duramen::flight::testing {

// As JSON.
std::string described(const Value& value);

}  // namespace duramen::flight::testing
