#pragma once
// The metrics of one server: what there is, and a page of their values. docs/operating.md has the table, and a test
// compares it with this. Own, and not prometheus-cpp's (1.0.1 in Debian 12): that writes no OpenMetrics, counts with a
// compare-and-swap on a double and a histogram under a lock, and brings an HTTP server of its own.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loop/loop_lag.h"
#include "objects/committer.h"
#include "realtime/action_counts.h"
#include "server/open_metrics.h"
#include "server/transport_metrics.h"

namespace duramen::server {

// What only the loop itself can tell, as it last did.
struct LoopReading {
  std::uint64_t waitingBytes = 0;
  std::uint64_t groups = 0;
  std::uint64_t clients = 0;
  std::uint64_t views = 0;
};

struct Readings {
  struct Loop {
    const TransportMetrics& transport;
    const loop::LoopLag& lag;
    LoopReading reading;
  };
  std::vector<Loop> loops;
  const realtime::ActionCounts& actions;
  const objects::CommitCounts& commits;
  std::uint64_t renders = 0;
  std::uint64_t objects = 0;
  std::uint64_t bodiesInMemory = 0;  // bytes
  std::uint64_t bodiesOnDisk = 0;    // likewise
  std::uint64_t clientBytes = 0;
  std::uint64_t viewBytes = 0;
  std::uint64_t droppedLines = 0;  // of the access log
};

struct MetricFamily {
  std::string_view name;  // without the suffix of its type
  MetricType type;
  std::string_view labels;  // for the table
  std::string_view help;
  void (*write)(OpenMetrics& out, const Readings& in);
};

// In the order of the page.
std::span<const MetricFamily> metricFamilies();

// Any thread, as long as what `in` refers to lives.
std::string metricsPage(const Readings& in);

// A row for each metric, in Markdown.
std::string metricsTable();

}  // namespace duramen::server
