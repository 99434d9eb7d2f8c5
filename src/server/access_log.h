#pragma once
// The access log: an entry for each request and socket, written by a thread of its own (log_thread.h).

#include <cstdint>
#include <memory>

#include "server/access_entry.h"
#include "server/log_thread.h"

namespace duramen::server {

class AccessLog {
 public:
  // 4,096 entries of at most 1.5 KB: what a disk that hesitates for some 100 ms has to be waited for.
  static constexpr std::size_t queuedMost = 4096;

  AccessLog(AccessFormat format, std::unique_ptr<LineSink> sink, std::size_t most = queuedMost);

  // Any thread; never waits for the sink.
  void add(AccessEntry entry) { thread_.add(std::move(entry)); }
  // What is added from now on goes to the file that has the name now. Any thread.
  void reopen() { thread_.reopen(); }
  // Entries that were not written, because the queue was full or the sink failed. Any thread.
  std::uint64_t dropped() const { return thread_.dropped(); }

 private:
  LogThread<AccessEntry> thread_;
};

}  // namespace duramen::server
