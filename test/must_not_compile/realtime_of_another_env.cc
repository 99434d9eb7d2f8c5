// realtimeRoute names a member of another Env than the app's
#include "surroundings.h"

struct OtherEnv {
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
#ifdef DURAMEN_RIGHT
auto app() { return duramen::defineApp<Context>(duramen::realtimeRoute(&Env::realtime)); }
#else
auto app() { return duramen::defineApp<Context>(duramen::realtimeRoute(&OtherEnv::realtime)); }
#endif
