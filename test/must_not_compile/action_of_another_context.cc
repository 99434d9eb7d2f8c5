// this action takes another Context than the app has
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::actions(saveNoteAction)); }
#else
auto app() { return duramen::defineApp<SessionContext>(duramen::actions(saveNoteAction)); }
#endif
