// thereIsNoSuchAriaAttribute
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div.aria("label", "x")("x");
#else
Node page = html::div.aria("lable", "x")("x");
#endif
