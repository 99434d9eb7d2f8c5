// call gives an argument of another type than the method's parameter in that place
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>("x"); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>(3); }
#endif
