// value of type 'Node' is not contextually convertible to 'bool'
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
Node page = html::div(admin ? Node{html::p("x")} : nullptr);
#else
Node page = html::div(admin && html::p("x"));
#endif
