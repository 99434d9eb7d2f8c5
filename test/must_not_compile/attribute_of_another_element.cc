// no member named 'href'
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::a.href("/")("x");
#else
Node page = html::div.href("/")("x");
#endif
