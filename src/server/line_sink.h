#pragma once
// Where the lines of a log go.

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"

namespace duramen::server {

// All calls on the log's thread (log_thread.h); they may block it.
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
// Standard error, for the log itself: what fails is told to nobody.
std::unique_ptr<LineSink> stderrSink();

}  // namespace duramen::server
