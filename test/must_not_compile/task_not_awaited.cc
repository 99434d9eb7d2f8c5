// a Task does nothing until it is awaited
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
Task<void> use(Context& ctx) { co_await saveNote(ctx, key, "x"); }
#else
Task<void> use(Context& ctx) {
  saveNote(ctx, key, "x");
  co_return;
}
#endif
