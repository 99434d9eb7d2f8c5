#pragma once
// The directory that a server keeps its data in, held by one server at a time: it and `lock` in it are locked (flock)
// while the DataDirectory lives. `lock` names the process that holds it; the directory's own lock keeps a second server
// out also if somebody has deleted that file.

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

#include "base/file_descriptor.h"
#include "objects/named_file.h"

namespace duramen::objects {

class DataDirectory {
 public:
  // Makes the directory if it is not there, for its owner only. The error is a sentence for whoever started the server.
  static std::expected<DataDirectory, std::string> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // `lock`. Without it another server may have the directory by now.
  NamedFile lockFile() const { return NamedFile{path_ / "lock"}; }
  // A file in it that everybody on this machine may read: one that an older version has made, or an operator; else
  // empty.
  std::filesystem::path exposed() const;
  // After files were made in it: their names survive a power cut. The error is a sentence.
  std::expected<void, std::string> sync() const;

 private:
  DataDirectory(std::filesystem::path path, FileDescriptor folder, FileDescriptor lock)
      : path_(std::move(path)), folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileDescriptor folder_, lock_;
};

}  // namespace duramen::objects
