// an action's name has 1 to 255 bytes
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
inline constexpr duramen::Action<"save", saveNote> action;
#else
inline constexpr duramen::Action<"", saveNote> action;
#endif
