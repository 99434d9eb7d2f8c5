#include "server/secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/seals.h"

namespace duramen::server {
namespace {

constexpr std::size_t secretBytes = 32;
constexpr std::size_t mostBytes = 4096;  // of an operator's file

std::string reason(int error) { return std::generic_category().message(error); }

struct Descriptor {
  explicit Descriptor(int d) : fd(d) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

std::expected<std::string, std::string> readAll(const std::filesystem::path& path, const Descriptor& file) {
  std::string bytes(mostBytes + 1, '\0');
  const ssize_t size = ::read(file.fd, bytes.data(), bytes.size());
  if (size < 0) return std::unexpected(fmt::format("secret {}: cannot be read: {}", path.string(), reason(errno)));
  bytes.resize(static_cast<std::size_t>(size));
  if (bytes.size() < secretBytes || bytes.size() > mostBytes)
    return std::unexpected(fmt::format("secret {}: expected 32 to 4096 random bytes, got {}{}", path.string(),
                                       bytes.size() > mostBytes ? "more than " : "",
                                       bytes.size() > mostBytes ? mostBytes : bytes.size()));
  return bytes;
}

// Written whole under another name first: a crash leaves no half of one.
std::expected<std::string, std::string> make(const std::filesystem::path& path) {
  const std::filesystem::path fresh = path.string() + ".new";
  const auto refuse = [&] {
    return std::unexpected(fmt::format("secret {}: cannot be made: {}", path.string(), reason(errno)));
  };
  std::string bytes = randomBytes(secretBytes);
  {
    const Descriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0 || ::write(file.fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(file.fd) != 0)
      return refuse();
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return refuse();
  return bytes;
}

}  // namespace

std::expected<std::string, std::string> readSecret(const std::filesystem::path& data, const std::string& file) {
  const std::filesystem::path path = file.empty() ? data / "secret" : std::filesystem::path{file};
  const Descriptor found{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (found.fd >= 0) return readAll(path, found);
  if (errno != ENOENT || !file.empty())
    return std::unexpected(fmt::format("secret {}: cannot be read: {}", path.string(), reason(errno)));
  return make(path);
}

}  // namespace duramen::server
