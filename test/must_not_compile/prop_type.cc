// a member of this client component does not cross the wire: use text, numbers, bool, enums, keys, optionals, vectors,
// nodes, ActionRef, or a struct of public members of these
#include "surroundings.h"

template <class T>
struct Chart {
  static constexpr duramen::ClientModule module{"/client/Chart.tsx", "Chart"};
  T value;
};
#ifdef DURAMEN_RIGHT
Node page = html::div(Chart<int>{.value = 1});
#else
Node page = html::div(Chart<Opaque>{.value = Opaque{1}});
#endif
