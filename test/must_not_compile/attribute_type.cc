// no matching member function for call to 'colSpan'
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::td.colSpan(2)("x");
#else
Node page = html::td.colSpan("two")("x");
#endif
