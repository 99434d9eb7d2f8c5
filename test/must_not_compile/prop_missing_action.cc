// missing field 'save' initializer
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Node page = html::div(Editor{.noteKey = key, .content = "x", .save = saveNoteAction.bind(key)});
#else
Node page = html::div(Editor{.noteKey = key, .content = "x"});
#endif
