// mayJoin is a function (const Session&, std::string_view key, Env&) that returns a Verdict or a Task<Verdict>
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Verdict mayJoin(const Session&, std::string_view, Env&) { return Verdict::allow(); }
#else
bool mayJoin(const Session&, std::string_view, Env&) { return true; }
#endif
auto app() { return duramen::defineApp<SessionContext>(duramen::realtimeRoute(&Env::realtime, mayJoin)); }
