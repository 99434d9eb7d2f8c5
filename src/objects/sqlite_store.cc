#include "objects/sqlite_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file_descriptor.h"
#include "objects/log_check.h"
#include "objects/page_checksum.h"
#include "objects/store_file.h"

namespace duramen::objects {
namespace {

// Checkpoints cost one sync of the database and are worth more the more commits they gather; at 10,000 pages the log is
// 41 MB, which a restart reads back in half a second. When nobody waits, less is enough.
constexpr int checkpointPages = 10'000;
constexpr int idleCheckpointPages = 1'000;
constexpr int longLogPages = 16'384;  // 64 MiB, more than a checkpoint waits for: somebody holds it

constexpr const char* schema = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE object(id BLOB PRIMARY KEY, class TEXT NOT NULL, name TEXT) WITHOUT ROWID;
  CREATE TABLE kv(row INTEGER PRIMARY KEY, object BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                  UNIQUE(object, key));
  CREATE TABLE alarm(object BLOB PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX alarm_due ON alarm(due);
  INSERT INTO meta(name, value) VALUES('format', 2);
  COMMIT;
)";

constexpr std::string_view noMemoryText = "no memory";  // so short that it takes none
constexpr int isSentence = 0;                           // the code of an error that SQLite does not know

std::string_view bytesOf(const ObjectId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

StoreFailure::Reason reasonOf(const SqliteError& error) {
  if (error.code == SQLITE_IOERR_DATA || error.code == SQLITE_IOERR_READ) return StoreFailure::Reason::unreadable;
  switch (error.code & 0xff) {
    case SQLITE_BUSY:
      return StoreFailure::Reason::busy;
    case SQLITE_FULL:
      return StoreFailure::Reason::full;
    case SQLITE_NOMEM:
      return StoreFailure::Reason::noMemory;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return StoreFailure::Reason::refused;
    case SQLITE_CORRUPT:
      return StoreFailure::Reason::unreadable;
    default:
      return StoreFailure::Reason::failed;
  }
}

StoreFailure failureOf(const SqliteError& error) {
  if (reasonOf(error) == StoreFailure::Reason::noMemory)
    return {StoreFailure::Reason::noMemory, std::string(noMemoryText)};
  const std::string_view what =
      error.code == SQLITE_IOERR_DATA ? std::string_view{"a page does not match its checksum"} : error.what;
  return {reasonOf(error), fmt::format("{} (SQLite {})", what, error.code)};
}

// Runs the steps in turn until one fails.
template <class... Step>
SqliteResult<void> inTurn(Step&&... steps) {
  SqliteResult<void> result;
  (static_cast<void>(result && (result = steps())), ...);
  return result;
}

std::string sentence(const SqliteError& error) {
  if (error.code == isSentence) return error.what;
  switch (error.code & 0xff) {
    case SQLITE_NOTADB:
      return "is no database";
    case SQLITE_BUSY:
      return "is locked by another program";
    case SQLITE_READONLY:
      return "cannot be written to: this process may only read it";
    case SQLITE_FULL:
      return "cannot be made: the disk is full";
    default:
      break;
  }
  if (error.code == SQLITE_IOERR_DATA)
    return "does not match its checksums: it is damaged, or another program has changed it (a restored backup, a "
           "shell). --accept-changed-store takes it as it is";
  return fmt::format("cannot be opened: {}", failureOf(error).what);
}

// Writes the log's own bytes over themselves and to the disk: what is in the system's cache may never have got there,
// and a sync alone does not write again what once failed. REQUIRES: nobody writes to it.
SqliteResult<void> rewriteLog(const std::filesystem::path& path) {
  const auto failed = [&] {
    return std::unexpected(SqliteError{SQLITE_IOERR, path.string() + ": " + std::generic_category().message(errno)});
  };
  const FileDescriptor log{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!log.isOpen()) return failed();
  std::vector<char> bytes(std::size_t{1} << 20);
  for (off_t at = 0;;) {
    const ssize_t size = ::pread(log.get(), bytes.data(), bytes.size(), at);
    if (size < 0) return failed();
    if (size == 0) break;
    if (::pwrite(log.get(), bytes.data(), static_cast<std::size_t>(size), at) != size) return failed();
    at += size;
  }
  if (::fdatasync(log.get()) != 0) return failed();
  return {};
}

}  // namespace

SqliteStore::SqliteStore(std::filesystem::path directory, SqliteStoreOptions options)
    : file_(directory / "store.sqlite"), logFile_(file_.string() + "-wal"), options_(std::move(options)) {}

// Statements and connections before the VFS that they use.
SqliteStore::~SqliteStore() {
  closeReader();
  closeWriter();
}

std::expected<std::unique_ptr<SqliteStore>, std::string> SqliteStore::open(const std::filesystem::path& directory,
                                                                           SqliteStoreOptions options) {
  std::unique_ptr<SqliteStore> store{new SqliteStore(directory, std::move(options))};  // its constructor is private
  const auto refuse = [&](const std::string& why) {
    return std::unexpected(fmt::format("{} {}", store->file_.string(), why));
  };
  const bool isFresh = StoreFile::look(store->file_) == StoreFile::Kind::fresh;
  if (auto good = store->checkFiles(); !good) return refuse(good.error());
  const auto ready = store->makeReady();
  if (!ready) {
    const StoreFailure::Reason reason = reasonOf(ready.error());
    const bool canWait = reason == StoreFailure::Reason::full || reason == StoreFailure::Reason::busy;
    if (isFresh || !canWait) return refuse(sentence(ready.error()));
    store->options_.log.warning(
        fmt::format("storage: {} is read, but nothing can be written to it now: {}", store->file_.string(),
                    reason == StoreFailure::Reason::full ? "the disk is full" : "another program holds it"));
  }
  if (auto reading = store->openReader(); !reading) return refuse(sentence(reading.error()));
  return store;
}

// What SQLite would not notice, or not say. Before any connection is there.
std::expected<void, std::string> SqliteStore::checkFiles() {
  std::error_code missing;
  hasOldLog_ = std::filesystem::exists(logFile_, missing) && std::filesystem::file_size(logFile_, missing) > 0;
  StoreFile::Kind kind = StoreFile::look(file_);
  if (kind == StoreFile::Kind::fresh && !StoreFile::make(file_))
    return std::unexpected("cannot be made: " + std::generic_category().message(errno));
  // What is in the log of the first page counts, not what a checkpoint that was cut short has left of it.
  if (kind == StoreFile::Kind::damaged && !hasOldLog_ && !options_.acceptChangedStore)
    return std::unexpected(sentence({SQLITE_IOERR_DATA, {}}));
  if (auto good = checkLogFile(); !good) return good;

  const bool isChanged = options_.acceptChangedStore && kind != StoreFile::Kind::fresh;
  if (kind == StoreFile::Kind::unsummed || isChanged) {
    vfs_ = std::make_unique<StoreVfs>(options_.log, std::filesystem::weakly_canonical(file_, missing).string());
    {
      auto connection = Connection::open(file_, vfs_->name());
      const auto known = connection ? checkFormat(*connection) : std::unexpected(connection.error());
      if (!known) return std::unexpected(sentence(known.error()));
    }
    const auto given = giveChecksums(file_, options_.log);
    if (given) {
      options_.log.info(fmt::format("storage: the pages of {} have checksums now", file_.string()));
      hasOldLog_ = false;
    } else if (const auto reason = reasonOf(given.error());
               !isChanged && (reason == StoreFailure::Reason::busy || reason == StoreFailure::Reason::full)) {
      options_.log.warning(fmt::format("storage: the pages of {} get no checksums before the next start: {}",
                                       file_.string(), given.error().what));
      return {};
    } else {
      return std::unexpected(sentence(given.error()));
    }
  }
  vfs_ = std::make_unique<StoreVfs>(options_.log);
  return {};
}

std::expected<void, std::string> SqliteStore::checkLogFile() const {
  const LogState state = checkLog(logFile_);
  if (state.kind == LogState::Kind::sound) return {};
  if (state.kind == LogState::Kind::torn) {
    options_.log.warning(
        fmt::format("storage: {}: {}. If the machine or the server ended while it wrote, nothing that "
                    "was acknowledged is lost; else the last saves may be",
                    logFile_.string(), state.what));
    return {};
  }
  if (!options_.acceptDamagedLog)
    return std::unexpected(
        fmt::format("cannot be opened: {} in {}-wal. --accept-damaged-log starts without them, and "
                    "keeps a copy of the log",
                    state.what, file_.filename().string()));
  std::error_code error;
  const std::filesystem::path kept = logFile_.string() + ".damaged";
  std::filesystem::copy_file(logFile_, kept, std::filesystem::copy_options::overwrite_existing, error);
  if (error) return std::unexpected(fmt::format("cannot be opened: no copy of its damaged log: {}", error.message()));
  options_.log.error(
      fmt::format("storage: {}: {}. They are dropped; {} is a copy", logFile_.string(), state.what, kept.string()));
  return {};
}

SqliteResult<void> SqliteStore::checkFormat(Connection& connection) const {
  const auto refuse = [](std::string why) { return std::unexpected(SqliteError{isSentence, std::move(why)}); };
  const auto known = connection.number("SELECT value FROM meta WHERE name='format'");
  if (!known) {
    if ((known.error().code & 0xff) == SQLITE_ERROR) return refuse("is no store of Duramen");
    return std::unexpected(known.error());
  }
  if (*known < 1) return refuse("is no store of Duramen");
  if (*known > format)
    return refuse(fmt::format("was written by a newer Duramen (format {}, this one knows {})", *known, format));
  return {};
}

// Opens what writes, and proves that it can. The error may be `busy` or `full`: try again later.
SqliteResult<void> SqliteStore::makeReady() {
  const std::lock_guard lock{readMutex_};
  const bool reopens = readsAlone_;
  if (reopens) closeReader();
  closeWriter();
  const auto opened = inTurn([this] { return openWriter(); }, [this] { return prepareWriter(); },
                             [this] { return writeProbe(); }, [this] { return makeLogDurable(); });
  if (opened) {
    named_ = options_.watched;
    for (const char* suffix : {"", "-wal", "-shm"}) named_.emplace_back(file_.string() + suffix);
  } else {
    closeWriter();
  }
  isReady_ = opened.has_value();
  if (reopens)
    if (auto reading = openReader(!isReady_); !reading) return reading;
  return opened;
}

SqliteResult<void> SqliteStore::openWriter() {
  auto writer = Connection::open(file_, vfs_->name());
  if (!writer) return std::unexpected(writer.error());
  writer_ = std::move(*writer);
  const auto tables = writer_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (sqlite3_db_readonly(writer_.get(), "main") == 1)
    return std::unexpected(SqliteError{SQLITE_READONLY, "it can only be read"});
  if (*tables == 0) {
    int reserved = checksumBytes;
    sqlite3_file_control(writer_.get(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    if (auto made = writer_.run(schema); !made) return made;
  }
  if (auto known = checkFormat(writer_); !known) return known;
  // Without spilling a frame of the log is written once, when it is whole.
  return writer_.run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_spill=OFF");
}

// After a crash, of the process or of the machine's power.
SqliteResult<void> SqliteStore::makeLogDurable() {
  if (!hasOldLog_) return {};
  const auto busy = writer_.number("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return std::unexpected(busy.error());
  if (*busy != 0) {
    options_.log.warning(
        fmt::format("storage: another program reads {}; its log grows until that ends", file_.string()));
    if (auto begun = begin_.run(); !begun) return begun;
    const auto rewritten = rewriteLog(logFile_);
    if (auto ended = rollback_.run(); !ended) return ended;
    if (!rewritten) return rewritten;
  }
  hasOldLog_ = false;
  return {};
}

SqliteResult<void> SqliteStore::openReader() {
  const std::lock_guard lock{readMutex_};
  const auto opened = openReader(false);
  return opened || isReady_ ? opened : openReader(true);
}

// `alone`: SQLite keeps what it knows of the log in memory of its own, and not in a file, for which a full disk has no
// room; nobody else can open the database then.
SqliteResult<void> SqliteStore::openReader(bool alone) {
  closeReader();
  auto reader = Connection::open(file_, vfs_->name());
  if (!reader) return std::unexpected(reader.error());
  reader_ = std::move(*reader);
  readsAlone_ = alone;
  const auto prepareInto = [this](Statement& statement, const char* sql) -> SqliteResult<void> {
    auto prepared = reader_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    statement = std::move(*prepared);
    return {};
  };
  const auto opened =
      inTurn([&] { return reader_.run(alone ? "PRAGMA locking_mode=EXCLUSIVE" : "PRAGMA query_only=1"); },
             [&] { return checkFormat(reader_); },
             [&] { return prepareInto(selectName_, "SELECT name FROM object WHERE id=?1"); },
             [&] { return prepareInto(selectEntries_, "SELECT key, value FROM kv WHERE object=?1 ORDER BY key"); });
  if (!opened) closeReader();
  return opened;
}

void SqliteStore::closeReader() {
  for (Statement* each : {&selectName_, &selectEntries_}) *each = {};
  reader_ = {};
  readsAlone_ = false;
}

void SqliteStore::closeWriter() {
  for (Statement* each :
       {&begin_, &commit_, &rollback_, &putObject_, &eraseObject_, &put_, &erase_, &eraseAll_, &probe_})
    *each = {};
  writer_ = {};
}

SqliteResult<void> SqliteStore::prepareWriter() {
  sqlite3_wal_hook(
      writer_.get(),
      [](void* store, sqlite3*, const char*, int pages) {
        static_cast<SqliteStore*>(store)->pagesInLog_ = pages;
        return SQLITE_OK;
      },
      this);
  const auto into = [this](Statement& statement, const char* sql) {
    return [this, &statement, sql]() -> SqliteResult<void> {
      auto prepared = writer_.prepare(sql);
      if (!prepared) return std::unexpected(prepared.error());
      statement = std::move(*prepared);
      return {};
    };
  };
  return inTurn(into(begin_, "BEGIN IMMEDIATE"), into(commit_, "COMMIT"), into(rollback_, "ROLLBACK"),
                into(putObject_, "INSERT INTO object(id, class, name) VALUES(?1, ?2, ?3) ON CONFLICT(id) DO NOTHING"),
                into(eraseObject_, "DELETE FROM object WHERE id=?1"),
                into(put_,
                     "INSERT INTO kv(object, key, value) VALUES(?1, ?2, ?3) "
                     "ON CONFLICT(object, key) DO UPDATE SET value=excluded.value"),
                into(erase_, "DELETE FROM kv WHERE object=?1 AND key=?2"),
                into(eraseAll_, "DELETE FROM kv WHERE object=?1"),
                into(probe_,
                     "INSERT INTO meta(name, value) VALUES('probe', randomblob(4096)) "
                     "ON CONFLICT(name) DO UPDATE SET value=excluded.value"));
}

Stored<void> SqliteStore::ready() {
  if (isReady_) return {};
  if (auto made = makeReady(); !made) return std::unexpected(failureOf(made.error()));
  options_.log.info(fmt::format("storage: {} can be written to again", file_.string()));
  return {};
}

Stored<void> SqliteStore::checkNames() const {
  for (const NamedFile& each : named_)
    if (!each.isStillNamed())
      return std::unexpected(
          StoreFailure{StoreFailure::Reason::failed,
                       fmt::format("{} was moved or deleted while the server had it open", each.path().string())});
  if (vfs_->logIsDamaged())
    return std::unexpected(StoreFailure{StoreFailure::Reason::failed,
                                        "the log is damaged: a restart would drop what "
                                        "comes after the damage"});
  return {};
}

Stored<void> SqliteStore::apply(std::span<const WriteSet* const> sets) {
  bool commits = false;
  try {
    return applyAll(sets, commits);
  } catch (const std::bad_alloc&) {
    const bool isOpen = isReady_ && !writer_.autocommits();
    const bool isKnown = !commits && (!isOpen || rollback_.run());
    return std::unexpected(StoreFailure{isKnown ? StoreFailure::Reason::noMemory : StoreFailure::Reason::failed,
                                        std::string(noMemoryText)});
  }
}

// The names before, so that nothing is written to what another server may have open by now; and after, since what is
// acknowledged must be found again. `commits` is set when what is given may be there afterwards.
Stored<void> SqliteStore::applyAll(std::span<const WriteSet* const> sets, bool& commits) {
  if (auto writes = ready(); !writes) return writes;
  if (auto named = checkNames(); !named) return named;
  if (auto begun = begin_.run(); !begun) return std::unexpected(rolledBack(begun.error()));
  for (const WriteSet* set : sets)
    if (auto written = write(*set); !written) return std::unexpected(rolledBack(written.error()));
  commits = true;
  if (auto committed = commit_.run(); !committed) {
    StoreFailure failure = rolledBack(committed.error());
    if (failure.reason == StoreFailure::Reason::unreadable) failure.reason = StoreFailure::Reason::failed;
    return std::unexpected(std::move(failure));
  }
  return checkNames();
}

SqliteResult<void> SqliteStore::write(const WriteSet& set) {
  const std::string_view id = bytesOf(set.object);
  if (set.eraseAll) {
    if (auto erased = eraseAll_.bind(1, id).run(); !erased) return erased;
    if (auto erased = eraseObject_.bind(1, id).run(); !erased) return erased;
  }
  if (set.isFirst) {
    putObject_.bind(1, id).bindText(2, set.className);
    if (set.name.empty() || set.name.size() > maxStoredNameBytes) {
      putObject_.bindNull(3);
    } else {
      putObject_.bindText(3, set.name);
    }
    if (auto entered = putObject_.run(); !entered) return entered;
  }
  for (const auto& [key, value] : set.writes) {
    auto written = value ? put_.bind(1, id).bind(2, key).bind(3, *value).run() : erase_.bind(1, id).bind(2, key).run();
    if (!written) return written;
  }
  return {};
}

StoreFailure SqliteStore::rolledBack(const SqliteError& error) {
  StoreFailure failure = failureOf(error);
  // SQLite rolls the whole transaction back by itself at some errors. If it has, a further statement would commit
  // alone; if it has not, the transaction must go.
  if (!writer_.autocommits() && !rollback_.run()) failure.reason = StoreFailure::Reason::failed;
  if (vfs_->logIsDamaged()) failure.reason = StoreFailure::Reason::failed;
  return failure;
}

Stored<StoredObject> SqliteStore::load(const ObjectId& object) {
  const std::lock_guard lock{readMutex_};
  try {
    return loadAll(object);
  } catch (const std::bad_alloc&) {
    selectName_.reset();
    selectEntries_.reset();
    return std::unexpected(StoreFailure{StoreFailure::Reason::noMemory, std::string(noMemoryText)});
  }
}

Stored<StoredObject> SqliteStore::loadAll(const ObjectId& object) {
  StoredObject stored;
  const auto fail = [&](const SqliteError& error) {
    selectName_.reset();
    selectEntries_.reset();
    return std::unexpected(failureOf(error));
  };
  if (!reader_.get()) return std::unexpected(StoreFailure{StoreFailure::Reason::busy, "another program holds it"});
  const auto known = selectName_.bind(1, bytesOf(object)).step();
  if (!known) return fail(known.error());
  stored.isKnown = *known;
  if (*known) stored.name = selectName_.bytes(0);
  selectName_.reset();  // an open read would keep the log from starting over
  if (!*known) return stored;

  selectEntries_.bind(1, bytesOf(object));
  for (;;) {
    const auto row = selectEntries_.step();
    if (!row) return fail(row.error());
    if (!*row) break;
    stored.entries.emplace_back(selectEntries_.bytes(0), std::make_shared<const std::string>(selectEntries_.bytes(1)));
  }
  selectEntries_.reset();
  return stored;
}

Stored<void> SqliteStore::checkpoint(bool idle) {
  if (!isReady_ || pagesInLog_ < std::max(checkpointAt_, idle ? idleCheckpointPages : checkpointPages)) return {};
  int pages = 0, moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(writer_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  const bool whole = code == SQLITE_OK && moved == pages;
  // The next commit starts the log over. If a reader was in the way, or the disk is full, try again after some more.
  checkpointAt_ = whole ? 0 : pagesInLog_ + idleCheckpointPages;
  warnOfLongLog(whole);
  if (whole) pagesInLog_ = 0;
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  StoreFailure failure = failureOf({sqlite3_extended_errcode(writer_.get()), sqlite3_errmsg(writer_.get())});
  // What is acknowledged and can no longer be read is lost; what would be written behind it could be, too.
  if (failure.reason == StoreFailure::Reason::unreadable) failure.reason = StoreFailure::Reason::failed;
  if (failure.reason == StoreFailure::Reason::failed) return std::unexpected(failure);
  options_.log.warning(
      fmt::format("storage: the log could not be moved into the database, will try again: {}", failure.what));
  return {};
}

void SqliteStore::warnOfLongLog(bool isWhole) {
  if (isWhole) {
    if (logHeldSince_ && warnAt_ > longLogPages) options_.log.info("storage: the log could be emptied again");
    logHeldSince_.reset();
    warnAt_ = 0;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!logHeldSince_) {
    logHeldSince_ = now;
    warnAt_ = longLogPages;
  }
  if (pagesInLog_ < warnAt_) return;
  warnAt_ = pagesInLog_ * 2;
  options_.log.warning(fmt::format(
      "storage: the log has {} MiB and cannot be emptied for {} s now: another program, such as a shell, has a read "
      "transaction open on {} (fuser tells its process)",
      static_cast<std::int64_t>(pagesInLog_) * static_cast<std::int64_t>(frameBytes) >> 20,
      std::chrono::duration_cast<std::chrono::seconds>(now - *logHeldSince_).count(), file_.string()));
}

SqliteResult<void> SqliteStore::writeProbe() {
  for (Statement* each : {&begin_, &probe_, &commit_}) {
    auto done = each->run();
    if (done) continue;
    if (!writer_.autocommits()) static_cast<void>(rollback_.run());
    return done;
  }
  return {};
}

Stored<void> SqliteStore::probe() {
  if (!isReady_) return ready();
  if (auto named = checkNames(); !named) return named;
  if (auto begun = begin_.run(); !begun) return std::unexpected(rolledBack(begun.error()));
  if (auto written = probe_.run(); !written) return std::unexpected(rolledBack(written.error()));
  if (auto committed = commit_.run(); !committed) return std::unexpected(rolledBack(committed.error()));
  return {};
}

void SqliteStore::limitPages(std::int64_t pages) {
  [[maybe_unused]] const auto limited = writer_.run(fmt::format("PRAGMA max_page_count={}", pages).c_str());
}

}  // namespace duramen::objects
