#pragma once
// How a store's files are read and written: as SQLite does it by itself (its VFS for Unix), with two differences.
//
// Each page of the database carries a checksum in its last 8 bytes, in the format of SQLite's extension cksumvfs, and
// each page that is read from the log is compared with its frame's. A page that does not fit is an error of reading
// (SQLITE_IOERR_DATA), never a wrong value.
//
// A disk quota (EDQUOT) and a limit of file sizes (EFBIG) are a full disk, as ENOSPC is: nothing of the batch is
// written, and when there is room again it goes on.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"

namespace duramen::objects {

class StoreVfs {
 public:
  // Known to SQLite under a name of its own while it lives. `unsummed`: the path of a database whose pages carry no
  // checksums; empty: none.
  explicit StoreVfs(Log log, std::string unsummed = {});
  StoreVfs(const StoreVfs&) = delete;
  StoreVfs& operator=(const StoreVfs&) = delete;
  // REQUIRES: no connection uses it any more.
  ~StoreVfs();

  const char* name() const;
  // A frame of the log did not fit: a restart would drop what stands behind it. Any thread.
  bool logIsDamaged() const { return logIsDamaged_.load(std::memory_order_relaxed); }

  // For its files.
  bool carriesSums(const char* path) const { return path && unsummed_ != path; }
  void report(const std::string& file, std::uint64_t page);
  void reportLog(const std::string& file, std::uint64_t frame);

 private:
  struct Registration;

  const Log log_;
  const std::string unsummed_;
  std::atomic<bool> logIsDamaged_ = false;
  std::mutex mutex_;
  std::set<std::pair<std::string, std::uint64_t>> reported_;
  std::unique_ptr<Registration> registration_;
};

}  // namespace duramen::objects
