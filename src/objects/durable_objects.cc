#include "objects/durable_objects.h"

#include "base/file_size_signal.h"

namespace duramen::objects {

std::expected<std::unique_ptr<DurableObjects>, std::string> DurableObjects::open(const std::string& directory,
                                                                                 std::vector<loop::Loop*> loops,
                                                                                 Objects::Options options) {
  const FileSizeSignalBlocked blocked;
  auto held = DataDirectory::open(directory);
  if (!held) return std::unexpected(held.error());
  if (const auto file = held->exposed(); !file.empty())
    options.log.warning("storage: everybody on this machine may read " + file.string() +
                        ": chmod 700 the data directory, unless others shall");
  auto store = SqliteStore::open(held->path(), {.log = options.log,
                                                .watched = {held->lockFile()},
                                                .acceptDamagedLog = options.acceptDamagedLog,
                                                .acceptChangedStore = options.acceptChangedStore});
  if (!store) return std::unexpected(store.error());
  // A new store's name is durable before anything is acknowledged.
  if (auto synced = held->sync(); !synced) return std::unexpected(synced.error());
  return std::unique_ptr<DurableObjects>(new DurableObjects(std::move(*held), std::move(*store), std::move(loops),
                                                            options));  // its constructor is private
}

DurableObjects::DurableObjects(DataDirectory directory, std::unique_ptr<SqliteStore> store,
                               std::vector<loop::Loop*> loops, const Objects::Options& options)
    : directory_(std::move(directory)),
      store_(std::move(store)),
      committer_(std::make_unique<ThreadCommitter>(*store_, options.onStopped, options.log)),
      objects_(std::move(loops), *committer_, options) {}

DurableObjects::~DurableObjects() = default;

void DurableObjects::giveUpBy(std::chrono::steady_clock::time_point when) { committer_->giveUpBy(when); }

void DurableObjects::stop() {
  const FileSizeSignalBlocked blocked;
  objects_.stop();
  committer_.reset();
  store_.reset();
  directory_.reset();
}

}  // namespace duramen::objects
