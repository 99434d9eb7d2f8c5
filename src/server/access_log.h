#pragma once
// The access log. Loops hand their entries over and go on; a thread of the log's own makes lines of them and writes
// those. Its queue is bounded: what does not fit is counted, and a line tells how many are missing.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "server/access_entry.h"

namespace duramen::server {

// Where lines go. All calls on the log's thread; they may block it.
class LineSink {
 public:
  virtual ~LineSink() = default;
  // Whether all were written.
  virtual bool write(std::string_view lines) = 0;
  // After the file was moved away.
  virtual void reopen() {}
};

// A file that is appended to, or standard error if the name is empty. The error is a sentence. What fails later is told
// to `log`, once until it works again.
std::expected<std::unique_ptr<LineSink>, std::string> openSink(const std::string& file, Log log);

class AccessLog {
 public:
  // 4,096 entries of at most 1.5 KB: what a disk that hesitates for some 100 ms has to be waited for.
  static constexpr std::size_t queuedMost = 4096;

  AccessLog(AccessFormat format, std::unique_ptr<LineSink> sink, std::size_t most = queuedMost);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  // Writes what is queued.
  ~AccessLog();

  // Any thread; never waits for the sink.
  void add(AccessEntry entry);
  // What is added from now on goes to the file that has the name now. Any thread.
  void reopen();
  // Entries that were not written, because the queue was full or the sink failed. Any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write(const std::deque<AccessEntry>& entries, std::uint64_t missing);

  const AccessFormat format_;
  const std::unique_ptr<LineSink> sink_;  // the thread's
  const std::size_t most_;
  std::atomic<std::uint64_t> dropped_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AccessEntry> queue_;
  std::uint64_t missing_ = 0;  // dropped, and not told of yet
  bool reopens_ = false;
  bool ends_ = false;

  std::thread thread_;  // last: it uses the others
};

}  // namespace duramen::server
