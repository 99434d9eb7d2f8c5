// the result of this action does not cross the wire
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Task<int> f(Context&) { co_return 1; }
inline constexpr duramen::Action<"f", f> action;
#else
Task<Opaque> f(Context&) { co_return Opaque{1}; }
inline constexpr duramen::Action<"f", f> action;
#endif
