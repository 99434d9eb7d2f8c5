#include "server/reserve_descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace duramen::server {

bool ReserveDescriptor::hold() {
  if (!descriptor_.isOpen()) descriptor_ = FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  return descriptor_.isOpen();
}

std::expected<void, int> ReserveDescriptor::refuseOne(int listening) {
  if (!hold()) return std::unexpected(errno);
  release();
  std::expected<void, int> refused;
  {
    const FileDescriptor connection{::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!connection.isOpen()) refused = std::unexpected(errno);
  }
  hold();
  return refused;
}

}  // namespace duramen::server
