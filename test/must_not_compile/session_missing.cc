// this Context has no such session: name it, Context<Env, Session>, and give defineApp a session(...)
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Node page(SessionContext& ctx) { return html::p(ctx.read(&Session::name)); }
#else
Node page(Context& ctx) { return html::p(ctx.read(&Session::name)); }
#endif
