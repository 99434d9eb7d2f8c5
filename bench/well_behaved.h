#pragma once
// Clients that use a server as browsers do, and how long each of their calls took: realtime clients of a key each,
// which call an action some times a second, and connections that ask for a page. In a process of their own.

#include <chrono>
#include <cstdint>

#include "child_process.h"

namespace duramen::bench {

// In milliseconds.
struct Waits {
  double median = 0;
  double p99 = 0;
  double worst = 0;
};

class WellBehaved {
 public:
  static constexpr int clients = 50;
  static constexpr std::chrono::milliseconds actionEvery{40};  // of each client
  static constexpr int connections = 10;
  static constexpr std::chrono::milliseconds pageEvery{20};  // of each connection

  // Forks and connects. The server has an action `set` of one number, and a page at "/" whose size is always the same.
  WellBehaved(std::uint16_t port, const ChildProcess::Options& options);
  ~WellBehaved();
  WellBehaved(const WellBehaved&) = delete;
  WellBehaved& operator=(const WellBehaved&) = delete;

  struct Measured {
    Waits action;  // from the call to the end of its answer, the page after it included
    Waits page;
  };
  // Calls for so long, and returns what the calls took. Between two of these the clients are silent.
  Measured measure(std::chrono::duration<double> time);

 private:
  struct Pipes {
    Pipes();
    int orders[2];
    int reports[2];
  };
  Pipes pipes_;
  ChildProcess process_;
};

}  // namespace duramen::bench
