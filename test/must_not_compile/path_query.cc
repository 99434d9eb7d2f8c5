// a path has no '?' and no '#', and each :parameter is a whole segment of it
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
inline constexpr duramen::Path<"/note"> path;
#else
inline constexpr duramen::Path<"/note?all"> path;
#endif
