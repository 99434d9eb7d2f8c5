// an argument of this action does not cross the wire: use text, numbers, bool, enums, keys, optionals, vectors, or a
// struct of public members of these
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Task<void> f(Context&, int) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#else
Task<void> f(Context&, Opaque) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#endif
