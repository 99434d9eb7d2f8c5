#pragma once
// A log that nobody waits for. Whoever has something to say hands it over and goes on; a thread of the log's own makes
// lines of it and writes those. Its queue is bounded: what does not fit is counted, and a line tells how many are
// missing. A reader that stalls, or that has gone (EPIPE, without a SIGPIPE), costs lines and nothing else.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/found_memory.h"
#include "server/line_sink.h"
#include "server/quiet_thread.h"

namespace duramen::server {

template <class Entry>
class LogThread {
 public:
  // How lines read, without their line breaks. Called on the log's thread.
  struct Format {
    std::function<std::string(const Entry&)> line;
    std::function<std::string(std::uint64_t)> dropped;  // "17 lines dropped"
  };
  // How long the end waits for a sink.
  static constexpr std::chrono::milliseconds lastWait{1'000};

  LogThread(std::unique_ptr<LineSink> sink, Format format, std::size_t most,
            std::chrono::milliseconds patience = lastWait)
      : state_(std::make_shared<State>(std::move(sink), std::move(format), most)),
        patience_(patience),
        thread_(quietThread([state = state_] { state->run(); })) {}
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
  // Writes what is queued. A sink that does not take it in time keeps its thread, which holds all that it needs and
  // ends if the sink ever does.
  ~LogThread() {
    state_->end();
    if (state_->awaitWritten(patience_))
      thread_.join();
    else
      thread_.detach();
  }

  // Any thread; never waits for the sink.
  void add(Entry entry) { state_->add(std::move(entry)); }
  // What is added from now on goes to the file that has the name now. Any thread.
  void reopen() { state_->reopen(); }
  // Waits until all that was added is written, or cannot be; at most so long. Whether it was. Any other thread.
  bool flush(std::chrono::milliseconds most) { return state_->awaitWritten(most); }
  // Entries that were not written, because the queue was full or the sink failed. Any thread.
  std::uint64_t dropped() const { return state_->dropped.load(std::memory_order_relaxed); }

 private:
  struct State {
    State(std::unique_ptr<LineSink> to, Format how, std::size_t queued)
        : sink(std::move(to)), format(std::move(how)), most(queued) {}

    void add(Entry entry) {
      {
        const std::lock_guard lock{mutex};
        const auto append = [&] { queue.push_back(std::move(entry)); };
        if (queue.size() >= most || !foundMemory(append)) {
          ++missing;
          dropped.fetch_add(1, std::memory_order_relaxed);
          return;
        }
        if (queue.size() > 1) return;  // the thread has been told
      }
      changed.notify_one();
    }
    void reopen() {
      {
        const std::lock_guard lock{mutex};
        reopens = true;
      }
      changed.notify_one();
    }
    void end() {
      {
        const std::lock_guard lock{mutex};
        ends = true;
      }
      changed.notify_one();
    }
    bool awaitWritten(std::chrono::milliseconds patience) {
      std::unique_lock lock{mutex};
      return written.wait_for(lock, patience, [this] { return queue.empty() && !isWriting; });
    }

    void run() {
      std::unique_lock lock{mutex};
      for (;;) {
        changed.wait(lock, [this] { return ends || reopens || !queue.empty(); });
        if (ends && queue.empty()) return;
        const std::vector<Entry> entries = std::exchange(queue, {});
        const std::uint64_t absent = std::exchange(missing, 0);
        const bool anew = std::exchange(reopens, false);
        isWriting = true;
        lock.unlock();
        if (anew) static_cast<void>(foundMemory([&] { sink->reopen(); }));
        const bool made = foundMemory([&] { write(entries, absent); });
        if (!made) dropped.fetch_add(entries.size(), std::memory_order_relaxed);
        lock.lock();
        if (!made) missing += entries.size() + absent;
        isWriting = false;
        written.notify_all();
      }
    }
    void write(const std::vector<Entry>& entries, std::uint64_t absent) {
      std::string lines;
      for (const Entry& entry : entries) (lines += format.line(entry)) += '\n';
      if (absent > 0) (lines += format.dropped(absent)) += '\n';
      if (!lines.empty() && !sink->write(lines)) dropped.fetch_add(entries.size(), std::memory_order_relaxed);
    }

    const std::unique_ptr<LineSink> sink;  // the thread's
    const Format format;
    const std::size_t most;
    std::atomic<std::uint64_t> dropped = 0;

    std::mutex mutex;
    std::condition_variable changed;
    std::condition_variable written;
    std::vector<Entry> queue;
    std::uint64_t missing = 0;  // dropped, and not told of yet
    bool isWriting = false;
    bool reopens = false;
    bool ends = false;
  };

  const std::shared_ptr<State> state_;
  const std::chrono::milliseconds patience_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace duramen::server
