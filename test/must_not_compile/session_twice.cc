// defineApp has two session(...): only one could be asked
#include "surroundings.h"

Session who(const duramen::SessionRequest&, Env&) { return {}; }
#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<SessionContext>(duramen::session(who)); }
#else
auto app() { return duramen::defineApp<SessionContext>(duramen::session(who), duramen::session(who)); }
#endif
