// a path starts with '/'
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
inline constexpr duramen::Path<"/note"> path;
#else
inline constexpr duramen::Path<"note"> path;
#endif
