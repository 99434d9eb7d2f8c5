// two actions have the same name: a call could mean either, with its guards or without
#include "surroundings.h"

Task<void> erase(Context&) { co_return; }
#ifdef DURAMEN_RIGHT
inline constexpr duramen::Action<"erase", erase> eraseAction;
#else
inline constexpr duramen::Action<"saveNote", erase> eraseAction;
#endif
auto app() {
  return duramen::defineApp<Context>(duramen::actions(saveNoteAction),
                                     duramen::actions(duramen::guarded(nobody, eraseAction)));
}
