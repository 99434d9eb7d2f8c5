// `fields` names every member of the struct, in order
#include "surroundings.h"

struct Range {
  static constexpr duramen::ClientModule module{"/client/Range.tsx", "Range"};
#ifdef DURAMEN_RIGHT
  static constexpr std::array fields{"least", "most"};
#else
  static constexpr std::array fields{"least"};
#endif
  int low;
  int high;
};
Node page = html::div(Range{.low = 1, .high = 2});
