#include "server/access_log.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/file_size_signal.h"

namespace duramen::server {
namespace {

// -1 and errno, if it cannot. Addresses are nobody else's business: not for all to read.
int openToAppend(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

std::string sentence(const std::string& file, int error) {
  return "cannot write the access log " + file + ": " + std::generic_category().message(error);
}

class FileSink final : public LineSink {
 public:
  FileSink(std::string file, int descriptor, Log log)
      : file_(std::move(file)), descriptor_(descriptor), log_(std::move(log)) {}
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override {
    if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
  }

  bool write(std::string_view lines) override {
    if (insideLine_ && !writeAll("\n")) return false;
    if (!writeAll(lines)) return false;
    failing_ = false;
    return true;
  }

  void reopen() override {
    if (file_.empty()) return;
    const int opened = openToAppend(file_);
    if (opened < 0) return log_.error(sentence(file_, errno) + "; it goes on in the file that it had");
    ::close(std::exchange(descriptor_, opened));
    failing_ = insideLine_ = false;
  }

 private:
  bool writeAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        fail(errno);
        return false;
      }
      insideLine_ = bytes[static_cast<std::size_t>(written) - 1] != '\n';
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  void fail(int error) {
    if (std::exchange(failing_, true)) return;
    log_.error(sentence(file_.empty() ? "to standard error" : file_, error));
  }

  const std::string file_;
  int descriptor_;
  const Log log_;
  bool failing_ = false;
  bool insideLine_ = false;  // what was written last ended within a line
};

// A reader of our pipe that ends is an error of write(), and not the end of the program.
void blockBrokenPipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

std::expected<std::unique_ptr<LineSink>, std::string> openSink(const std::string& file, Log log) {
  const int descriptor = file.empty() ? STDERR_FILENO : openToAppend(file);
  if (descriptor < 0) return std::unexpected(sentence(file, errno));
  return std::make_unique<FileSink>(file, descriptor, std::move(log));
}

AccessLog::AccessLog(AccessFormat format, std::unique_ptr<LineSink> sink, std::size_t most)
    : format_(format), sink_(std::move(sink)), most_(most), thread_([this] { run(); }) {}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void AccessLog::add(AccessEntry entry) {
  {
    const std::lock_guard lock{mutex_};
    if (queue_.size() >= most_) {
      ++missing_;
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_.push_back(std::move(entry));
    if (queue_.size() > 1) return;  // the thread has been told
  }
  changed_.notify_one();
}

void AccessLog::reopen() {
  {
    const std::lock_guard lock{mutex_};
    reopens_ = true;
  }
  changed_.notify_one();
}

void AccessLog::run() {
  blockBrokenPipe();
  blockFileSizeSignal();
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || reopens_ || !queue_.empty(); });
    if (ends_ && queue_.empty()) return;
    const std::deque<AccessEntry> entries = std::exchange(queue_, {});
    const std::uint64_t missing = std::exchange(missing_, 0);
    const bool reopens = std::exchange(reopens_, false);
    lock.unlock();
    if (reopens) sink_->reopen();
    write(entries, missing);
    lock.lock();
  }
}

void AccessLog::write(const std::deque<AccessEntry>& entries, std::uint64_t missing) {
  std::string lines;
  for (const AccessEntry& entry : entries) (lines += accessLine(entry, format_)) += '\n';
  if (missing > 0) (lines += droppedLine(missing, std::chrono::system_clock::now(), format_)) += '\n';
  if (!lines.empty() && !sink_->write(lines)) dropped_.fetch_add(entries.size(), std::memory_order_relaxed);
}

}  // namespace duramen::server
