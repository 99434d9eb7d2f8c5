#pragma once
// For the few calls that have nobody left to tell that there is no memory.

#include <new>

namespace duramen {

// Calls `use`; whether it found the memory that it needs.
template <class Use>
bool foundMemory(Use&& use) {
  try {
    use();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace duramen
