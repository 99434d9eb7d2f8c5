// call gives another number of arguments than the method takes
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>("x"); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>(); }
#endif
