// a method that is called through a namespace takes its arguments by value: they move to another thread
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>("x"); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::rename>("x"); }
#endif
