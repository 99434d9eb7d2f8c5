// a route is never reached: an earlier one matches every path that it would
#include "surroundings.h"

inline constexpr duramen::Path<"/note/new"> newPath;
#ifdef DURAMEN_RIGHT
auto app() {
  return duramen::defineApp<Context>(
      duramen::render(document, duramen::route(newPath, homePage), duramen::route(notePath, notePage)));
}
#else
auto app() {
  return duramen::defineApp<Context>(
      duramen::render(document, duramen::route(notePath, notePage), duramen::route(newPath, homePage)));
}
#endif
