// an event belongs to a client component: elements have none
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::button.type("button")("x");
#else
Node page = html::button.onClick(saveNoteAction)("x");
#endif
