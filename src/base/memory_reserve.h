#pragma once
// Memory that is kept back for what must not fail when there is none left, such as telling others that something has
// failed. Nothing touches it, so it costs address space and no more.

#include <atomic>
#include <memory>
#include <new>

namespace duramen {

class MemoryReserve {
 public:
  // The heap gets a block of this size from the system by itself, and gives it back there: it is above what the heap
  // asks for when it needs a little.
  static constexpr std::size_t bytes = std::size_t{2} * 1024 * 1024;

  MemoryReserve() { fill(); }
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;
  ~MemoryReserve() { give(); }

  // Calls `use`, and once more without the reserve if it finds no memory. Any thread. REQUIRES: a call that throws
  // std::bad_alloc has changed nothing.
  template <class Use>
  void spend(Use use) {
    try {
      use();
    } catch (const std::bad_alloc&) {
      give();
      use();
    }
    if (held_.load(std::memory_order_relaxed) == nullptr) fill();
  }

 private:
  void fill() {
    void* const filled = ::operator new(bytes, std::nothrow);
    void* nothing = nullptr;
    if (!held_.compare_exchange_strong(nothing, filled)) ::operator delete(filled);
  }
  void give() { ::operator delete(held_.exchange(nullptr)); }

  std::atomic<void*> held_ = nullptr;
};

}  // namespace duramen
