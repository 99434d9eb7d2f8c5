#pragma once
// Whether a path still names the file that it named before. What is written to a file that lost its name is gone with
// the process, and another program may have made a new one at the path.

#include <sys/stat.h>

#include <filesystem>
#include <utility>

namespace duramen::objects {

class NamedFile {
 public:
  explicit NamedFile(std::filesystem::path path) : path_(std::move(path)), found_(stat(file_)) {}
  const std::filesystem::path& path() const { return path_; }
  bool isStillNamed() const {
    Id now{};
    return found_ && stat(now) && now == file_;
  }

 private:
  using Id = std::pair<dev_t, ino_t>;
  bool stat(Id& id) const {
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) return false;
    id = {status.st_dev, status.st_ino};
    return true;
  }

  std::filesystem::path path_;
  Id file_{};
  bool found_ = false;
};

}  // namespace duramen::objects
