#pragma once
// Objects in one SQLite database, DIR/store.sqlite (docs/storage.md has the schema and what happens at each fault). One
// connection writes, on the committer's thread; another reads, on the reader's.

#include <filesystem>

#include "base/log.h"
#include "objects/sqlite.h"
#include "objects/store.h"

namespace duramen::objects {

class SqliteStore final : public Store {
 public:
  static constexpr std::int64_t format = 1;

  // Opens the store, or makes it. After a crash what the log holds is first made durable: a power cut in between would
  // else lose what is acknowledged from now on. The error is a sentence for whoever started the server.
  // REQUIRES: the directory is held (DataDirectory).
  static std::expected<std::unique_ptr<SqliteStore>, std::string> open(const std::filesystem::path& directory,
                                                                       Log log = {});
  ~SqliteStore() override;

  Stored<void> apply(std::span<const WriteSet* const> sets) override;
  Stored<StoredObject> load(const ObjectId& object) override;
  Stored<void> checkpoint(bool idle) override;
  Stored<void> probe() override;

  // The store grows to this many pages of 4 KiB and no more; beyond, the disk counts as full. Before the first use.
  void limitPages(std::int64_t pages);

 private:
  SqliteStore() = default;
  SqliteResult<void> prepare();
  SqliteResult<void> write(const WriteSet& set);
  // Whether a failed statement has left a transaction open, it is gone afterwards.
  StoreFailure rolledBack(const SqliteError& error);

  Connection writer_;
  Connection reader_;
  Statement begin_, commit_, rollback_;
  Statement putObject_, eraseObject_, put_, erase_, eraseAll_, probe_;
  Statement selectName_, selectEntries_;
  Log log_;
  int pagesInLog_ = 0;
  int checkpointAt_ = 0;
};

}  // namespace duramen::objects
