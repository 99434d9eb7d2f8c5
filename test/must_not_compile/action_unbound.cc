// the prop takes another signature than the action has: bind the leading arguments, or change the ActionRef
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div(Editor{.noteKey = key, .content = "x", .save = saveNoteAction.bind(key)});
#else
Node page = html::div(Editor{.noteKey = key, .content = "x", .save = saveNoteAction});
#endif
