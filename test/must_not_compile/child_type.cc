// a child is an element, text, a number, nullptr, an optional or a range of children
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div(Opaque{1}.value());
#else
Node page = html::div(Opaque{1});
#endif
