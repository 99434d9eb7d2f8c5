// a route is never reached: an earlier one matches every path that it would
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
inline constexpr duramen::Path<"/notes/:page", int> pagePath;  // a number, before what is any text
#else
inline constexpr duramen::Path<"/notes/:page", std::string> pagePath;
#endif
inline constexpr duramen::Path<"/notes/:key", NoteKey> keyPath;
auto app() {
  return duramen::defineApp<Context>(duramen::render(
      document, duramen::guarded(nobody, duramen::route(pagePath, [](Context&, auto) { return html::main("page"); })),
      duramen::route(keyPath, notePage)));
}
