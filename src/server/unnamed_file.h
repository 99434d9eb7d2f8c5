#pragma once
// A file without a name: the system drops it with the last who has it open or mapped, also when the process is killed.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace duramen::server {

// For writing and reading, in this directory. Not open if that failed: errno says why.
FileDescriptor openUnnamed(const std::string& directory);
// The same where the file system cannot make one: it has a name for a moment.
FileDescriptor openAndUnlink(const std::string& directory);

// The bytes of a file in memory, without a copy of them, also after the descriptor has gone. They can only be read. A
// disk that cannot give them back ends the process (SIGBUS).
class MappedFile {
 public:
  // The first `size` bytes; null if that failed: errno says why. REQUIRES: there are as many, and nobody takes them
  // away.
  static std::unique_ptr<const MappedFile> map(const FileDescriptor& file, std::size_t size);
  // Takes over what is mapped.
  explicit MappedFile(std::string_view mapped) : view_(mapped) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view view() const { return view_; }

 private:
  const std::string_view view_;
};

}  // namespace duramen::server
