// bind gives more arguments than the action takes
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
auto save = saveNoteAction.bind(key, "x");
#else
auto save = saveNoteAction.bind(key, "x", "y");
#endif
