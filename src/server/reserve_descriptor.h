#pragma once
// A descriptor that is kept for the moment when the process may open no other. Given up, it lets one more connection be
// accepted, which is closed at once: so its client learns that it was refused, in place of waiting in the kernel's
// queue for a server that does not come.

#include <expected>

#include "base/file_descriptor.h"

namespace duramen::server {

class ReserveDescriptor {
 public:
  // Opens it, if it is not open; whether it is. Cost: nothing if it is.
  bool hold();
  void release() { descriptor_ = {}; }
  // Accepts the next connection of `listening`, which does not block, and closes it. The error is that of accept(), or
  // of opening the descriptor again, if somebody else took it the last time.
  std::expected<void, int> refuseOne(int listening);

 private:
  FileDescriptor descriptor_;
};

}  // namespace duramen::server
