#include "server/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "server/file_descriptor.h"

namespace duramen::server {

bool writeWhole(const std::filesystem::path& path, mode_t mode, std::string_view bytes) {
  const std::filesystem::path fresh = path.string() + ".new";
  const FileDescriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file.isOpen()) return false;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.get()) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0;
}

}  // namespace duramen::server
