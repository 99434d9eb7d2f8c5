// bind gives an argument of another type than the action's parameter in that place
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
auto save = saveNoteAction.bind(key);
#else
auto save = saveNoteAction.bind(3);
#endif
