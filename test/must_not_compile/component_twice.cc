// client<...> lists two components of one module and name: the props of only one would count
#include "surroundings.h"

struct Toolbar {
#ifdef DURAMEN_RIGHT
  static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Toolbar"};
#else
  static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Editor"};
#endif
  int size;
};
extern const duramen::ClientBundle one, two;
duramen::App<Context> app() {
  return duramen::defineApp<Context>(duramen::client<Editor>(one), duramen::client<Toolbar>(two));
}
