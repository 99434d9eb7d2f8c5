#pragma once
// The loop of a real server: a Boost.Asio io_context that one thread runs, its own (start) or the caller's (run).

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/memory_reserve.h"
#include "loop/loop.h"

namespace duramen::loop {

class ThreadLoop : public Loop {
 public:
  explicit ThreadLoop(Log log = {});
  // Stops the loop and waits for its thread. REQUIRES: not on the loop.
  ~ThreadLoop() override;
  ThreadLoop(const ThreadLoop&) = delete;
  ThreadLoop& operator=(const ThreadLoop&) = delete;

  // Runs the loop on a thread of its own. REQUIRES: neither start() nor run() before.
  void start();
  // Runs the loop on the caller's thread until stop().
  void run();
  // Any thread, any number of times. What is queued by now still runs; what is posted later, and timers, do not.
  void stop();
  // Waits for the thread that start() made, if there is one. REQUIRES: not on the loop.
  void join();

  // Any thread. On a stopped loop the work is dropped. An exception out of it is a bug: it is logged and ends the
  // program; but work that finds no memory ends alone. Posting, and making a timer, has memory when others have not.
  void post(Work work) override;
  TimePoint now() const override;
  [[nodiscard]] Timer after(Duration delay, Work work) override;
  bool isCurrent() const override;

  void afterScarcity(Work resume) override { resumes_.push_back(std::move(resume)); }
  void noteScarcity() override;

  // Rises with each post(), and with each noteActivity(): whether it has changed tells whether the loop had something
  // to do. Any thread.
  std::uint64_t activity() const { return activity_.load(std::memory_order_relaxed); }
  // A socket had something for the loop.
  void noteActivity() { activity_.fetch_add(1, std::memory_order_relaxed); }

 private:
  struct Impl;
  friend struct AsioAccess;

  void logScarcity();
  void recover();

  const Log log_;
  MemoryReserve reserve_;
  std::optional<TimePoint> scarcityNoted_;
  bool isScarce_ = false;
  bool ends_ = false;
  std::vector<Work> resumes_;
  std::atomic<bool> stopped_ = false;  // outlives impl_: dropped work may post
  std::atomic<std::uint64_t> activity_ = 0;
  std::unique_ptr<Impl> impl_;
  std::thread thread_;
};

}  // namespace duramen::loop
