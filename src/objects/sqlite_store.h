#pragma once
// Objects in one SQLite database, DIR/store.sqlite (docs/storage.md has the schema and what happens at each fault). One
// connection writes, on the committer's thread; another reads, on the reader's.

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/log.h"
#include "objects/named_file.h"
#include "objects/sqlite.h"
#include "objects/store.h"
#include "objects/store_vfs.h"

namespace duramen::objects {

struct SqliteStoreOptions {
  Log log;
  // Writing ends when one of these has lost its name, as when one of the store's own files has.
  std::vector<NamedFile> watched;
  bool acceptDamagedLog = false;    // a log with damage inside is cut off there, and not refused
  bool acceptChangedStore = false;  // pages that do not match their checksums are taken as they are, with new ones
};

class SqliteStore final : public Store {
 public:
  static constexpr std::int64_t format = 2;  // 1: pages have no checksums

  // Opens the store, or makes it. After a crash what the log holds is first made durable: a power cut in between would
  // else lose what is acknowledged from now on. A store that is there is opened also if the disk is full, or another
  // program holds it: it is read then, and writing begins when it can. The error is a sentence for whoever started the
  // server. REQUIRES: the directory is held (DataDirectory).
  static std::expected<std::unique_ptr<SqliteStore>, std::string> open(const std::filesystem::path& directory,
                                                                       SqliteStoreOptions options = {});
  ~SqliteStore() override;

  Stored<void> apply(std::span<const WriteSet* const> sets) override;
  Stored<StoredObject> load(const ObjectId& object) override;
  Stored<void> checkpoint(bool idle) override;
  Stored<void> probe() override;

  // The store grows to this many pages of 4 KiB and no more; beyond, the disk counts as full. Before the first use.
  void limitPages(std::int64_t pages);
  // How it reads and writes, for other connections to it.
  const char* vfs() const { return vfs_->name(); }

 private:
  SqliteStore(std::filesystem::path directory, SqliteStoreOptions options);

  std::expected<void, std::string> checkFiles();
  std::expected<void, std::string> checkLogFile() const;
  SqliteResult<void> checkFormat(Connection& connection) const;
  SqliteResult<void> makeReady();
  SqliteResult<void> openWriter();
  SqliteResult<void> makeLogDurable();
  SqliteResult<void> prepareWriter();
  SqliteResult<void> openReader();
  SqliteResult<void> openReader(bool alone);
  void closeReader();
  void closeWriter();
  Stored<void> ready();
  SqliteResult<void> writeProbe();
  Stored<void> checkNames() const;
  void warnOfLongLog(bool isWhole);
  Stored<void> applyAll(std::span<const WriteSet* const> sets, bool& commits);
  Stored<StoredObject> loadAll(const ObjectId& object);
  SqliteResult<void> write(const WriteSet& set);
  // Whether a failed statement has left a transaction open, it is gone afterwards.
  StoreFailure rolledBack(const SqliteError& error);

  const std::filesystem::path file_, logFile_;
  const SqliteStoreOptions options_;
  std::unique_ptr<StoreVfs> vfs_;

  // Of the committer's thread.
  Connection writer_;
  Statement begin_, commit_, rollback_;
  Statement putObject_, eraseObject_, put_, erase_, eraseAll_, probe_;
  std::vector<NamedFile> named_;
  bool isReady_ = false;
  bool hasOldLog_ = false;  // a log that an earlier process has left: to be made durable first
  int pagesInLog_ = 0;
  int checkpointAt_ = 0;
  std::optional<std::chrono::steady_clock::time_point> logHeldSince_;  // empty: checkpoints empty it
  int warnAt_ = 0;                                                     // pages in the log

  std::mutex readMutex_;  // the committer's thread opens the reader again
  Connection reader_;
  Statement selectName_, selectEntries_;
  bool readsAlone_ = false;
};

}  // namespace duramen::objects
