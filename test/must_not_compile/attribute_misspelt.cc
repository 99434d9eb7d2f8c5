// did you mean 'className'?
#include "surroundings.h"  // precompiled: no

#ifdef DURAMEN_RIGHT
Node page = html::div.className("x")("x");
#else
Node page = html::div.classname("x")("x");
#endif
