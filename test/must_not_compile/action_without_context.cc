// an action is a function (Context&, arguments...)
#include "surroundings.h"  // errors: 5

#ifdef DURAMEN_RIGHT
Task<void> f(Context&, std::string) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#else
Task<void> f(std::string) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#endif
