#pragma once
// The directory that a server keeps its data in, held by one server at a time: `lock` in it is locked (flock) while the
// DataDirectory lives, and names the process that holds it.

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

namespace duramen::objects {

class DataDirectory {
 public:
  // Makes the directory if it is not there. The error is a sentence for whoever started the server.
  static std::expected<DataDirectory, std::string> open(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataDirectory& operator=(DataDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }
  // After files were made in it: their names survive a power cut. The error is a sentence.
  std::expected<void, std::string> sync() const;

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace duramen::objects
