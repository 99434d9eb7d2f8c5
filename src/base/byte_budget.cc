#include "base/byte_budget.h"

namespace duramen {

bool ByteBudget::Place::grow(std::size_t bytes) {
  std::size_t taken = state_->taken.load(std::memory_order_relaxed);
  do {
    if (bytes > state_->most || taken > state_->most - bytes) return false;
  } while (!state_->taken.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  bytes_ += bytes;
  return true;
}

bool ByteBudget::Place::resize(std::size_t bytes) {
  if (bytes > bytes_) return grow(bytes - bytes_);
  state_->taken.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
  bytes_ = bytes;
  return true;
}

}  // namespace duramen
