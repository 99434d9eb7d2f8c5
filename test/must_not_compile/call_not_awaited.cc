// a call begins when it is awaited
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>("x"); }
#else
Task<void> use(Context& ctx) {
  ctx.env.notes.at(key).call<&Note::save>("x");
  co_return;
}
#endif
