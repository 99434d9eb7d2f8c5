// defineApp has two failed(...): only one could be shown
#include "surroundings.h"

Node otherPage(Context&) { return html::main("other"); }
#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::failed(homePage)); }
#else
auto app() { return duramen::defineApp<Context>(duramen::failed(homePage), duramen::failed(otherPage)); }
#endif
