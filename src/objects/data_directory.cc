#include "objects/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace duramen::objects {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::expected<void, std::string> syncFolder(const std::filesystem::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) ::close(folder);
  if (!synced) return std::unexpected(fmt::format("cannot sync the directory {}: {}", path.string(), reason(error)));
  return {};
}

std::string holderOf(int lock) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
  std::string pid{text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
  pid.erase(pid.find_last_not_of('\n') + 1);
  return pid;
}

// For those who read it; a full disk does not keep the server from starting.
bool writePid(int lock) {
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return ::ftruncate(lock, static_cast<off_t>(pid.size())) == 0;
}

// Whether it is locked now; else errno says why.
bool lockNow(int descriptor) { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

}  // namespace

std::expected<DataDirectory, std::string> DataDirectory::open(const std::filesystem::path& path) {
  const auto refuse = [&](std::string why) {
    return std::unexpected(fmt::format("data directory {}: {}", path.string(), why));
  };
  std::error_code error;
  const std::filesystem::path full = std::filesystem::absolute(path, error);
  if (error) return refuse(error.message());
  if (std::filesystem::exists(full, error) && !std::filesystem::is_directory(full, error))
    return refuse("there is a file of this name");
  const auto lexical = full.lexically_normal();
  const auto parent = (lexical.has_filename() ? lexical : lexical.parent_path()).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) return refuse(fmt::format("cannot be made: {}", error.message()));
  const bool made = ::mkdir(full.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return refuse(fmt::format("cannot be made: {}", reason(errno)));
  if (made) {
    // Its own name in the parent must survive a power cut before anything in it is acknowledged.
    if (auto synced = syncFolder(parent); !synced) return std::unexpected(synced.error());
  }
  FileDescriptor folder{::open(full.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  FileDescriptor lock{::open((full / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock.isOpen()) return refuse(fmt::format("cannot be written to: {}", reason(errno)));
  if (!lockNow(lock.get())) {
    if (errno != EWOULDBLOCK) return refuse(fmt::format("cannot be locked: {}", reason(errno)));
    return refuse(fmt::format("is in use by process {}", holderOf(lock.get())));
  }
  // Not every file system locks directories.
  if (folder.isOpen() && !lockNow(folder.get()) && errno == EWOULDBLOCK)
    return refuse("is in use by another process, whose `lock` in it was moved or deleted");
  if (!writePid(lock.get())) return refuse(fmt::format("cannot be written to: {}", reason(errno)));
  return DataDirectory{full, std::move(folder), std::move(lock)};
}

std::filesystem::path DataDirectory::exposed() const {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0 || !(status.st_mode & S_IXOTH)) return {};
  std::error_code error;
  for (const auto& each : std::filesystem::directory_iterator{path_, error})
    if (::stat(each.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH))
      return each.path();
  return {};
}

std::expected<void, std::string> DataDirectory::sync() const { return syncFolder(path_); }

}  // namespace duramen::objects
