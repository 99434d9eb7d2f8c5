// a guard is a function (Context&) that returns a Verdict or a Task<Verdict>
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Verdict guard(Context&) { return Verdict::allow(); }
#else
bool guard(Context&) { return true; }
#endif
auto app() { return duramen::defineApp<Context>(duramen::actions(duramen::guarded(guard, saveNoteAction))); }
