// a page takes (Context&, one argument for each :parameter of its path)
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::render(document, duramen::route(notePath, notePage))); }
#else
auto app() { return duramen::defineApp<Context>(duramen::render(document, duramen::route(notePath, homePage))); }
#endif
