#include "server/file_body.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace duramen::server {
namespace {

constexpr std::uint64_t mostAtOnce = std::uint64_t{64} * 1024;

}  // namespace

BodySource::State FileBody::read(std::string& out) {
  const std::size_t before = out.size();
  const std::size_t wanted = std::min(left_.size, mostAtOnce);
  if (wanted == 0) return State::ended;
  out.resize(before + wanted);
  ssize_t got = 0;
  do {
    got = ::pread(file_.get(), out.data() + before, wanted, static_cast<off_t>(left_.offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw std::runtime_error("a file cannot be read: " + std::generic_category().message(errno));
  if (got == 0) throw std::runtime_error("a file became shorter while it was sent");
  const auto taken = static_cast<std::size_t>(got);
  out.resize(before + taken);
  left_.offset += taken;
  left_.size -= taken;
  return left_.size == 0 ? State::ended : State::more;
}

}  // namespace duramen::server
