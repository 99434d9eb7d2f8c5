#pragma once
// How many bytes there may be of something in all loops together. Any thread.

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace duramen {

class ByteBudget {
  struct State {
    const std::size_t most;
    std::atomic<std::size_t> taken = 0;
  };

 public:
  explicit ByteBudget(std::size_t most) : state_(std::make_shared<State>(most)) {}

  std::size_t most() const { return state_->most; }
  std::size_t taken() const { return state_->taken.load(std::memory_order_relaxed); }
  // Whether as many are free at this moment.
  bool hasRoomFor(std::size_t bytes) const { return bytes <= most() && taken() <= most() - bytes; }

  // What somebody has taken; it is free again when this goes.
  class Place {
   public:
    Place() = default;
    explicit Place(const ByteBudget& budget) : state_(budget.state_) {}
    Place(Place&& other) noexcept : state_(std::move(other.state_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(state_, other.state_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Place() {
      if (state_) state_->taken.fetch_sub(bytes_, std::memory_order_relaxed);
    }

    // False, and nothing more is taken, if so many are not free. REQUIRES: a budget.
    bool grow(std::size_t bytes);
    // Makes it so many, more or fewer. False, and nothing changes, if the rest is not free. REQUIRES: a budget.
    bool resize(std::size_t bytes);
    std::size_t bytes() const { return bytes_; }

   private:
    std::shared_ptr<State> state_;
    std::size_t bytes_ = 0;
  };

 private:
  std::shared_ptr<State> state_;
};

}  // namespace duramen
