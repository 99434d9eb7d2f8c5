#include "server/secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/file_descriptor.h"
#include "base/seals.h"
#include "base/whole_file.h"

namespace duramen::server {
namespace {

constexpr std::size_t secretBytes = 32;
constexpr std::size_t mostBytes = 4096;  // of an operator's file

std::string reason(int error) { return std::generic_category().message(error); }

std::expected<std::string, std::string> readAll(const std::filesystem::path& path, const FileDescriptor& file) {
  std::string bytes(mostBytes + 1, '\0');
  const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
  if (size < 0) return std::unexpected(fmt::format("secret {}: cannot be read: {}", path.string(), reason(errno)));
  bytes.resize(static_cast<std::size_t>(size));
  if (bytes.size() < secretBytes || bytes.size() > mostBytes)
    return std::unexpected(fmt::format("secret {}: expected 32 to 4096 random bytes, got {}{}", path.string(),
                                       bytes.size() > mostBytes ? "more than " : "",
                                       bytes.size() > mostBytes ? mostBytes : bytes.size()));
  return bytes;
}

std::expected<std::string, std::string> make(const std::filesystem::path& path) {
  std::string bytes = randomBytes(secretBytes);
  if (!writeWhole(path, 0600, bytes))
    return std::unexpected(fmt::format("secret {}: cannot be made: {}", path.string(), reason(errno)));
  return bytes;
}

}  // namespace

std::expected<std::string, std::string> readSecret(const std::filesystem::path& data, const std::string& file) {
  const std::filesystem::path path = file.empty() ? data / "secret" : std::filesystem::path{file};
  const FileDescriptor found{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (found.isOpen()) return readAll(path, found);
  if (errno != ENOENT || !file.empty())
    return std::unexpected(fmt::format("secret {}: cannot be read: {}", path.string(), reason(errno)));
  return make(path);
}

}  // namespace duramen::server
