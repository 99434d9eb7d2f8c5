#pragma once
// Numbers that one thread counts and any thread may read: what metrics are made of. Counting costs what it costs with a
// plain integer, since there is one writer and nothing is locked.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace duramen {

class Counter {
 public:
  // REQUIRES: no other thread adds.
  void add(std::uint64_t by = 1) { value_.store(value() + by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// How long things took, in buckets that are the same for all, so that histograms can be added up.
class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;
  // The most microseconds that a bucket takes; one more has no bound.
  static constexpr std::array bounds = {100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
                                        50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  struct Value {
    std::array<std::uint64_t, bounds.size() + 1> counts{};  // of each bucket alone
    Duration sum{};

    Value& operator+=(const Value& other) {
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
      sum += other.sum;
      return *this;
    }
  };

  // REQUIRES: no other thread adds.
  void add(Duration took) {
    std::size_t bucket = 0;
    while (bucket < bounds.size() && took > std::chrono::microseconds{bounds[bucket]}) ++bucket;
    counts_[bucket].add();
    nanoseconds_.add(took.count() < 0 ? 0 : static_cast<std::uint64_t>(took.count()));
  }
  Value value() const {
    Value out;
    for (std::size_t i = 0; i < counts_.size(); ++i) out.counts[i] = counts_[i].value();
    out.sum = Duration{nanoseconds_.value()};
    return out;
  }

 private:
  std::array<Counter, bounds.size() + 1> counts_;
  Counter nanoseconds_;
};

}  // namespace duramen
