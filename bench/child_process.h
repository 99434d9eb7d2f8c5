#pragma once
// A part of a benchmark in a process of its own, so that what it costs is in nobody else's figures, and the small
// things that all of them need of the system.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace duramen::bench {

class ChildProcess {
 public:
  struct Options {
    std::optional<int> core;  // the only one that it runs on
    bool modest = false;      // takes only the time that nobody else wants (SCHED_IDLE)
  };
  // Forks and calls `run`; the child ends when that returns, when the owner goes, or when this process ends. REQUIRES:
  // the program has no other thread.
  explicit ChildProcess(const std::function<void()>& run) : ChildProcess(run, Options{}) {}
  ChildProcess(const std::function<void()>& run, const Options& options);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // So far, with that of its own children.
  std::chrono::duration<double> cpuTime() const;
  std::size_t ownBytes() const;

 private:
  pid_t id_;
};

}  // namespace duramen::bench
