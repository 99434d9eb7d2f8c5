// a namespace holds a class that derives from DurableObject
#include "surroundings.h"  // errors: 2

#ifdef DURAMEN_RIGHT
struct Counter : duramen::DurableObject {
  using DurableObject::DurableObject;
};
#else
struct Counter {
  explicit Counter(duramen::ObjectState&) {}
};
#endif
void open(duramen::objects::Objects& system) {
  duramen::Namespace<Counter> counters{"counters"};
  counters.open(system, [](duramen::ObjectState& state) { return std::make_unique<Counter>(state); });
}
