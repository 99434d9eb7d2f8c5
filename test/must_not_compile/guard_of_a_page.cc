// a guard is a function (Context&) that returns a Verdict or a Task<Verdict>
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<Verdict> guard(Context&) { co_return Verdict::allow(); }
#else
void guard(Context&) {}
#endif
auto app() {
  return duramen::defineApp<Context>(
      duramen::render(document, duramen::guarded(guard, duramen::route(homePath, homePage))));
}
