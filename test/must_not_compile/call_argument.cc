// an argument of this method does not cross to another thread or machine: use text, numbers, bool, enums, keys,
// optionals, vectors, or a struct of public members of these
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::save>("x"); }
#else
Task<void> use(Context& ctx) { co_await ctx.env.notes.at(key).call<&Note::draw>(Opaque{1}); }
#endif
