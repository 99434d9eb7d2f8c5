// a Path names one type for each :parameter of its pattern
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
inline constexpr duramen::Path<"/note/:key/:page", NoteKey, int> path;
#else
inline constexpr duramen::Path<"/note/:key/:page", NoteKey> path;
#endif
