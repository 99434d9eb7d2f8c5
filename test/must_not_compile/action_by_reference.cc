// an action takes its arguments by value: they must live as long as it runs
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Task<void> f(Context&, std::string) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#else
Task<void> f(Context&, const std::string&) { co_return; }
inline constexpr duramen::Action<"f", f> action;
#endif
