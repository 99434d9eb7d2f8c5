// missing field 'content' initializer
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div(Editor{.noteKey = key, .content = "x", .save = saveNoteAction.bind(key)});
#else
Node page = html::div(Editor{.noteKey = key, .save = saveNoteAction.bind(key)});
#endif
