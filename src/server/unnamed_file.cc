#include "server/unnamed_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>

namespace duramen::server {

FileDescriptor openAndUnlink(const std::string& directory) {
  std::string path = directory + "/upload.XXXXXX";
  FileDescriptor file{::mkostemp(path.data(), O_CLOEXEC)};
  if (file.isOpen()) ::unlink(path.c_str());
  return file;
}

FileDescriptor openUnnamed(const std::string& directory) {
  FileDescriptor file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600)};
  // A kernel that does not know the flag sees a directory that is opened for writing.
  if (!file.isOpen() && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) return openAndUnlink(directory);
  return file;
}

std::unique_ptr<const MappedFile> MappedFile::map(const FileDescriptor& file, std::size_t size) {
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (at == MAP_FAILED) return nullptr;
  return std::make_unique<const MappedFile>(std::string_view{static_cast<const char*>(at), size});
}

MappedFile::~MappedFile() { ::munmap(const_cast<char*>(view_.data()), view_.size()); }

}  // namespace duramen::server
