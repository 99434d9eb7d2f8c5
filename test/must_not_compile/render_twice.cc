// defineApp has two render(...): only one document could stand around the pages; one lists all routes
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
auto app() {
  return duramen::defineApp<Context>(
      duramen::render(document, duramen::route(homePath, homePage), duramen::route(notePath, notePage)));
}
#else
auto app() {
  return duramen::defineApp<Context>(duramen::render(document, duramen::route(homePath, homePage)),
                                     duramen::render(nullptr, duramen::route(notePath, notePage)));
}
#endif
