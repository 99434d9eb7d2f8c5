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
  bool hasRoomFor(std::size_t bytes) const { return taken() <= most() && bytes <= most() - taken(); }

  // What somebody has taken; it is free again when this goes. A place without a budget counts nothing.
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
    ~Place() { shrinkTo(0); }

    // False, and nothing more is taken, if so many are not free.
    bool grow(std::size_t bytes) { return take(bytes, 0); }
    // Likewise, up to `bytes` in all; but a place of more than smallBytes leaves a quarter of the budget free, so that
    // a few who take much do not keep everybody else from saving a line.
    bool growTo(std::size_t bytes);
    // Likewise, up or down.
    bool resize(std::size_t bytes) {
      shrinkTo(bytes);
      return growTo(bytes);
    }
    // Also beyond the budget.
    void force(std::size_t bytes);
    void shrinkTo(std::size_t bytes);
    std::size_t bytes() const { return bytes_; }

   private:
    bool take(std::size_t bytes, std::size_t leaving);

    std::shared_ptr<State> state_;
    std::size_t bytes_ = 0;
  };

  static constexpr std::size_t smallBytes = std::size_t{64} * 1024;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace duramen
