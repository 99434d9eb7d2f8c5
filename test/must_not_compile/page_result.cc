// a page returns a Task<Node> or a Node
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page(Context&) { return "home"; }
#else
std::string page(Context&) { return "home"; }
#endif
auto app() { return duramen::defineApp<Context>(duramen::render(document, duramen::route(homePath, page))); }
