// field designator 'text' does not refer to any field in type 'Editor'
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Node page = html::div(Editor{.noteKey = key, .content = "x", .save = saveNoteAction.bind(key)});
#else
Node page = html::div(Editor{.noteKey = key, .text = "x", .save = saveNoteAction.bind(key)});
#endif
