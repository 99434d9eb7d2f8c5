// a Task is not a child: co_await it into a local first, or put it into a Suspense
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<Node> page(Context& ctx) {
  Node home = co_await homePage(ctx);
  co_return html::div(std::move(home));
}
#else
Task<Node> page(Context& ctx) { co_return html::div(homePage(ctx)); }
#endif
