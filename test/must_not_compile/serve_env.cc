// this Env holds what only the program has: build it, and pass it to serve(app, env, options)
#include "duramen/server.h"
#include "surroundings.h"

struct RobotEnv {
  double& speed;
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
duramen::App<duramen::Context<RobotEnv>> robotApp();

#ifdef DURAMEN_RIGHT
int run(RobotEnv& env) { return duramen::serve(robotApp(), env, {}); }
#else
int run() { return duramen::serve(robotApp(), {}); }
#endif
