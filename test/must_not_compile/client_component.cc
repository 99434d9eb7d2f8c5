// client<...>(bundle) lists client components: structs of props with a ClientModule `module`
#include "surroundings.h"

struct Label {
#ifdef DURAMEN_RIGHT
  static constexpr duramen::ClientModule module{"/client/Label.tsx", "Label"};
#endif
  std::string text;
};
extern const duramen::ClientBundle bundle;
duramen::App<Context> app() { return duramen::defineApp<Context>(duramen::client<Label>(bundle)); }
