#pragma once
// A node with the results of its parts in their places (duramen/suspense.h).

#include "duramen/node.h"

namespace duramen::detail {

// `takesLate`: a part that is not done is left in its place, and set late. Otherwise REQUIRES: all are done.
Node spliced(const Node& node, bool takesLate);

}  // namespace duramen::detail
