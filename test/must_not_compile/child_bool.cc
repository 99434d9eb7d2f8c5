// a bool is not a child: what is there only sometimes is written `condition ? node : nullptr`
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page = html::div(admin ? Node{"admin"} : nullptr, "x");
#else
Node page = html::div(admin, "x");
#endif
