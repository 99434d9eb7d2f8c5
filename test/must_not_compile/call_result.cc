// the result of this method does not cross to another thread or machine: return a value made of text, numbers, bool,
// enums, keys, optionals, vectors, or a struct of these
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::content>(); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::opaque>(); }
#endif
