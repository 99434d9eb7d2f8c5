#include "server/line_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

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

}  // namespace

std::expected<std::unique_ptr<LineSink>, std::string> openSink(const std::string& file, Log log) {
  const int descriptor = file.empty() ? STDERR_FILENO : openToAppend(file);
  if (descriptor < 0) return std::unexpected(sentence(file, errno));
  return std::make_unique<FileSink>(file, descriptor, std::move(log));
}

std::unique_ptr<LineSink> stderrSink() { return std::make_unique<FileSink>("", STDERR_FILENO, Log{}); }

}  // namespace duramen::server
