// this element has no children: br, hr, img, input and meta are empty
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::input.name("q");
#else
Node page = html::input.name("q")("x");
#endif
