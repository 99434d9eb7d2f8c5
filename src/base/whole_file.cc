#include "base/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "base/file_descriptor.h"

namespace duramen {
namespace {

// A name of its own, so that two who write the same file do not write into each other's.
std::string freshName(const std::filesystem::path& path) {
  std::uint64_t random = 0;
  if (::getentropy(&random, sizeof random) != 0) random = static_cast<std::uint64_t>(::getpid());
  return fmt::format("{}.{:016x}.new", path.string(), random);
}

FileDescriptor openFolder(const std::filesystem::path& folder) {
  return FileDescriptor{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

bool writeWhole(const std::filesystem::path& path, mode_t mode, std::string_view bytes) {
  const FileDescriptor folder = openFolder(path.parent_path());
  if (!folder.isOpen()) return false;
  const std::string fresh = freshName(path);
  const FileDescriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (!file.isOpen()) return false;
  if (writeAll(file, bytes) && ::fsync(file.get()) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0)
    return ::fsync(folder.get()) == 0;  // the name survives a power cut, too
  const int why = errno;
  ::unlink(fresh.c_str());
  errno = why;
  return false;
}

}  // namespace duramen
