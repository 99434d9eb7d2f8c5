#pragma once
// Where the body of a request gathers until it is whole: in memory, and a long upload in a file without a name. So what
// bodies take is bounded in all loops together, nothing is left when the client goes or the process ends, and whoever
// reads the body sees one piece of bytes, wherever they are.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "base/log.h"
#include "duramen/shared_bytes.h"
#include "server/http_error.h"
#include "server/unnamed_file.h"

namespace duramen::server {

struct BodyOptions {
  std::size_t uploadMemory = 256 * 1024;       // of one upload; a longer one lies on the disk
  std::size_t memory = 256 * 1024 * 1024;      // of all bodies; above, 503
  std::size_t disk = std::size_t{1024} << 20;  // of all uploads that lie there; above, 503
  std::string directory = {};                  // for their files; empty: all is in memory
};

// What all bodies of a server share. Any thread.
struct BodyStore {
  explicit BodyStore(BodyOptions all = {}, Log where = {})
      : options(std::move(all)), log(std::move(where)), memory(options.memory), disk(options.disk) {}

  const BodyOptions options;
  const Log log;
  const ByteBudget memory;
  const ByteBudget disk;
};

class RequestBody {
 public:
  // The body has at most `most` bytes. REQUIRES: `store` outlives it; what it has become may live longer.
  RequestBody(const BodyStore& store, std::size_t most, bool isUpload)
      : store_(store), most_(most), isUpload_(isUpload), memory_(store.memory), disk_(store.disk) {}

  // Whether there is room for all of it now. None is taken: who only announces much keeps nobody else out.
  std::expected<void, HttpError> expectRoom() const;
  // The error: 503 if bodies take too much already, 507 if the disk does not take it. REQUIRES: within `most`.
  std::expected<void, HttpError> append(std::string_view bytes);
  std::size_t size() const { return size_; }
  // The whole; its place is free again when the last copy goes. The error: 507. Once.
  std::expected<SharedBytes, HttpError> take();

 private:
  using Result = std::expected<void, HttpError>;

  bool liesOnDisk(std::size_t bytes) const;
  Result hold(std::string_view bytes);
  Result moveToDisk();
  Result write(std::string_view bytes);
  std::unexpected<HttpError> diskFailed() const;

  const BodyStore& store_;
  const std::size_t most_;
  const bool isUpload_;
  std::size_t size_ = 0;
  std::vector<char> held_;  // what is in memory, unless file_ is open
  ByteBudget::Place memory_;
  FileDescriptor file_;
  ByteBudget::Place disk_;
};

}  // namespace duramen::server
