// aDataAttributeIsNamedInLowerCaseWithDashes
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div.data("row-id", "x")("x");
#else
Node page = html::div.data("rowId", "x")("x");
#endif
