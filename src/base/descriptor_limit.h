#pragma once
// How many descriptors a process may have.

#include <sys/resource.h>

namespace duramen {

// Takes as many as the system allows: each connection needs one, and what a shell gives is often 1,024.
inline void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace duramen
