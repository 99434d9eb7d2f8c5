// notFound and failed take a page: a function (Context&) that returns a Node or a Task<Node>
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::notFound(homePage)); }
#else
auto app() { return duramen::defineApp<Context>(duramen::notFound(notePage)); }
#endif
