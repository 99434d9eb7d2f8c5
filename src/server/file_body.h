#pragma once
// A part of a file as a body: read while it is sent, so that a file of any size costs one buffer and one descriptor.

#include "base/file_descriptor.h"
#include "server/byte_range.h"
#include "server/transport.h"

namespace duramen::server {

class FileBody final : public BodySource {
 public:
  FileBody(FileDescriptor file, BytePart part) : file_(std::move(file)), left_(part) {}
  // Waits for the disk, if the system does not hold the bytes already. Throws std::runtime_error if the file has become
  // shorter, or cannot be read.
  State read(std::string& out) override;
  void onReady(Work wake) override { wake(); }  // it never waits

 private:
  const FileDescriptor file_;
  BytePart left_;
};

}  // namespace duramen::server
