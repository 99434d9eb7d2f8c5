// a client component is a struct of public members, without a base and without constructors: they are its props
#include "surroundings.h"

#ifdef DURAMEN_RIGHT
struct Chart {
  static constexpr duramen::ClientModule module{"/client/Chart.tsx", "Chart"};
  int value;
};
Node page = html::div(Chart{1});
#else
struct Chart {
  static constexpr duramen::ClientModule module{"/client/Chart.tsx", "Chart"};
  explicit Chart(int v) : value(v) {}
  int value;
};
Node page = html::div(Chart{1});
#endif
