// no matching member function for call to 'call'
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::content>(); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::size>(); }
#endif
