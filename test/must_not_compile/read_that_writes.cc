// no matching member function for call to 'put'
#include "surroundings.h"

class Counter : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
#ifdef DURAMEN_RIGHT
  int next() {
    storage().put("n", 1);
    return 1;
  }
#else
  int next() const {
    storage().put("n", 1);
    return 1;
  }
#endif
};
