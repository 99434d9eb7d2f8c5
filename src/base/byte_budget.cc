#include "base/byte_budget.h"

namespace duramen {

bool ByteBudget::Place::growTo(std::size_t bytes) {
  if (bytes <= bytes_ || !state_) return true;
  return take(bytes - bytes_, bytes > smallBytes ? state_->most / 4 : 0);
}

bool ByteBudget::Place::take(std::size_t bytes, std::size_t leaving) {
  if (!state_) return true;
  const std::size_t most = state_->most - leaving;
  std::size_t taken = state_->taken.load(std::memory_order_relaxed);
  do {
    if (bytes > most || taken > most - bytes) return false;
  } while (!state_->taken.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  bytes_ += bytes;
  return true;
}

void ByteBudget::Place::force(std::size_t bytes) {
  if (!state_) return;
  state_->taken.fetch_add(bytes, std::memory_order_relaxed);
  bytes_ += bytes;
}

void ByteBudget::Place::shrinkTo(std::size_t bytes) {
  if (bytes >= bytes_) return;
  state_->taken.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
  bytes_ = bytes;
}

}  // namespace duramen
