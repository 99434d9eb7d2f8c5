// no matching function for call to object of type 'const duramen::Path<
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
std::string url = notePath(key);
#else
std::string url = notePath();
#endif
