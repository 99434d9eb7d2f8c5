// defineApp has two realtimeRoute(...): only one could decide who joins
#include "surroundings.h"

Verdict mayJoin(const duramen::NoSession&, std::string_view, Env&) { return Verdict::refuse("closed"); }
#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::realtimeRoute(&Env::realtime, mayJoin)); }
#else
auto app() {
  return duramen::defineApp<Context>(duramen::realtimeRoute(&Env::realtime, mayJoin),
                                     duramen::realtimeRoute(&Env::realtime));
}
#endif
