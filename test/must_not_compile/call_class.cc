// call names a method of another class than this namespace holds
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::content>(); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Other::count>(); }
#endif
