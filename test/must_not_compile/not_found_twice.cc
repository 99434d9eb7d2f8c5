// defineApp has two notFound(...): only one could be shown
#include "surroundings.h"

Node otherPage(Context&) { return html::main("other"); }
#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::notFound(homePage)); }
#else
auto app() { return duramen::defineApp<Context>(duramen::notFound(homePage), duramen::notFound(otherPage)); }
#endif
