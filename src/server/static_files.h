#pragma once
// Files of directories (duramen/static_directory.h). Each name of a path is opened below the one before it, and no
// symbolic link is followed, so that no path leads out of the directory, whatever is moved meanwhile.

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "duramen/static_directory.h"
#include "server/transport.h"

namespace duramen::server {

// The error is a sentence: one of the directories holds, or lies in, `own`, a file or folder that is the server's and
// that nobody may read.
std::expected<void, std::string> keepsPrivate(std::span<const StaticDirectory> directories, const std::string& own);

class StaticFiles {
 public:
  StaticFiles() = default;  // none
  // Holds the directories open. The error is a sentence.
  static std::expected<StaticFiles, std::string> open(std::span<const StaticDirectory> directories);

  // Nothing if the request's path is below none of the prefixes; of several the longest counts. What the system refuses
  // is logged, and the client is told no more than that there is no such file. Waits for the disk; any thread.
  std::optional<Response> answer(const Request& request, const Log& log) const;

 private:
  struct Root {
    std::string prefix;
    FileDescriptor directory;
    bool immutable = false;
  };
  const Root* rootOf(std::string_view path) const;

  std::vector<Root> roots_;
};

}  // namespace duramen::server
