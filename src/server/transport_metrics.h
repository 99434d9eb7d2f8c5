#pragma once
// What one loop's transport counts: on its loop, read from any thread. It costs an addition each, also on the way of a
// push (bench/fanout_main.cc).

#include <algorithm>
#include <array>
#include <string_view>

#include "base/counter.h"

namespace duramen::server {

// Counters by one of a few values; any other is counted at the end.
template <class Value, std::size_t n>
class CountersBy {
 public:
  constexpr explicit CountersBy(const std::array<Value, n>& values) : values_(values) {}
  Counter& operator[](Value value) {
    return counters_[static_cast<std::size_t>(std::ranges::find(values_, value) - values_.begin())];
  }
  const Counter& at(std::size_t index) const { return counters_[index]; }

 private:
  const std::array<Value, n>& values_;
  std::array<Counter, n + 1> counters_;
};

struct TransportMetrics {
  static constexpr std::array<std::string_view, 3> methods = {"GET", "HEAD", "POST"};
  static constexpr std::array<int, 5> statusClasses = {1, 2, 3, 4, 5};
  // Those of answers that refuse.
  static constexpr std::array<int, 20> refusalStatuses = {400, 401, 403, 404, 405, 408, 411, 413, 415, 417,
                                                          421, 426, 429, 431, 500, 501, 503, 504, 505, 507};
  static constexpr std::array<int, 11> closeCodes = {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1013};

  Counter acceptedConnections;
  // Closed without a word.
  Counter rejectedAboveLimit;
  Counter rejectedForDescriptors;
  Counter failedAccepts;  // for want of descriptors or memory
  Counter closedConnections;
  Counter failedHandshakes;  // of TLS
  Counter receivedBytes;
  Counter sentBytes;

  // By method, then status.
  std::array<CountersBy<int, statusClasses.size()>, methods.size() + 1> requests{
      CountersBy{statusClasses}, CountersBy{statusClasses}, CountersBy{statusClasses}, CountersBy{statusClasses}};
  Counter brokenRequests;
  CountersBy<int, refusalStatuses.size()> refusals{refusalStatuses};
  Histogram requestDuration;

  Counter openedSockets;
  CountersBy<int, closeCodes.size()> closedSockets{closeCodes};
  Counter receivedMessages;
  Counter sentPages;
  Counter supersededPages;  // a newer one took the place of one that waited
  Counter sentAnswers;
};

}  // namespace duramen::server
