// session(...) takes a function (const SessionRequest&, Env&) that returns the Session of the Context, or a Task of it
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Session who(const duramen::SessionRequest&, Env&) { return {}; }
#else
int who(const duramen::SessionRequest&, Env&) { return 1; }
#endif
auto app() { return duramen::defineApp<SessionContext>(duramen::session(who)); }
