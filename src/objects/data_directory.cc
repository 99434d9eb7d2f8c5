#include "objects/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
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

bool writePid(int lock) {
  const std::string pid = fmt::format("{}\n", ::getpid());
  return ::ftruncate(lock, 0) == 0 && ::pwrite(lock, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
}

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
  const bool made = std::filesystem::create_directories(full, error);
  if (error) return refuse(fmt::format("cannot be made: {}", error.message()));
  if (made) {
    // Its own name in the parent must survive a power cut before anything in it is acknowledged.
    const auto lexical = full.lexically_normal();
    const auto parent = (lexical.has_filename() ? lexical : lexical.parent_path()).parent_path();
    if (auto synced = syncFolder(parent); !synced) return std::unexpected(synced.error());
  }
  const int lock = ::open((full / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return refuse(fmt::format("cannot be written to: {}", reason(errno)));
  DataDirectory directory{full, lock};
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return refuse(fmt::format("cannot be locked: {}", reason(errno)));
    return refuse(fmt::format("is in use by process {}", holderOf(lock)));
  }
  if (!writePid(lock)) return refuse(fmt::format("cannot be written to: {}", reason(errno)));
  return directory;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

std::expected<void, std::string> DataDirectory::sync() const { return syncFolder(path_); }

}  // namespace duramen::objects
