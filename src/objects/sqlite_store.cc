#include "objects/sqlite_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace duramen::objects {
namespace {

// Checkpoints cost one sync of the database and are worth more the more commits they gather; at 10,000 pages the log is
// 41 MB, which a restart reads back in half a second. When nobody waits, less is enough.
constexpr int checkpointPages = 10'000;
constexpr int idleCheckpointPages = 1'000;

constexpr const char* schema = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE object(id BLOB PRIMARY KEY, class TEXT NOT NULL, name TEXT) WITHOUT ROWID;
  CREATE TABLE kv(row INTEGER PRIMARY KEY, object BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                  UNIQUE(object, key));
  CREATE TABLE alarm(object BLOB PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX alarm_due ON alarm(due);
  INSERT INTO meta(name, value) VALUES('format', 1);
  COMMIT;
)";

std::string_view bytesOf(const ObjectId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

StoreFailure::Reason reasonOf(const SqliteError& error) {
  switch (error.code & 0xff) {
    case SQLITE_BUSY:
      return StoreFailure::Reason::busy;
    case SQLITE_FULL:
      return StoreFailure::Reason::full;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return StoreFailure::Reason::refused;
    default:
      return StoreFailure::Reason::failed;
  }
}

StoreFailure failureOf(const SqliteError& error) {
  return {reasonOf(error), fmt::format("{} (SQLite {})", error.what, error.code)};
}

// Runs the steps in turn until one fails.
template <class... Step>
SqliteResult<void> inTurn(Step&&... steps) {
  SqliteResult<void> result;
  (static_cast<void>(result && (result = steps())), ...);
  return result;
}

SqliteResult<void> makeSchema(Connection& writer) {
  const auto tables = writer.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*tables > 0) return {};
  return inTurn([&] { return writer.run("PRAGMA page_size=4096"); },
                [&] { return writer.run("PRAGMA journal_mode=WAL"); }, [&] { return writer.run(schema); });
}

std::expected<void, std::string> checkFormat(Connection& writer) {
  const auto format = writer.number("SELECT value FROM meta WHERE name='format'");
  if (!format || *format < 1) return std::unexpected("is no store of Duramen");
  if (*format > SqliteStore::format)
    return std::unexpected(
        fmt::format("was written by a newer Duramen (format {}, this one knows {})", *format, SqliteStore::format));
  return {};
}

std::string sentence(const SqliteError& error) {
  if ((error.code & 0xff) == SQLITE_NOTADB) return "is no database";
  if ((error.code & 0xff) == SQLITE_BUSY) return "is locked by another program";
  return fmt::format("cannot be opened: {}", failureOf(error).what);
}

}  // namespace

std::expected<std::unique_ptr<SqliteStore>, std::string> SqliteStore::open(const std::filesystem::path& directory,
                                                                           Log log) {
  const std::filesystem::path file = directory / "store.sqlite";
  const auto refuse = [&](std::string_view why) { return std::unexpected(fmt::format("{} {}", file.string(), why)); };
  std::error_code missing;
  const std::filesystem::path wal = file.string() + "-wal";
  const bool crashed = std::filesystem::exists(wal, missing) && std::filesystem::file_size(wal, missing) > 0;

  std::unique_ptr<SqliteStore> store{new SqliteStore};  // its constructor is private
  store->log_ = std::move(log);
  auto writer = Connection::open(file);
  if (!writer) return refuse(sentence(writer.error()));
  store->writer_ = std::move(*writer);
  if (auto made = makeSchema(store->writer_); !made) return refuse(sentence(made.error()));
  if (auto known = checkFormat(store->writer_); !known) return refuse(known.error());
  if (auto set = store->writer_.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
      !set)
    return refuse(sentence(set.error()));
  if (crashed) {
    const auto busy = store->writer_.number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return refuse(fmt::format("cannot be recovered: {}", failureOf(busy.error()).what));
    if (*busy != 0) return refuse("cannot be recovered while another program reads it");
  }
  auto reader = Connection::open(file);
  if (!reader) return refuse(sentence(reader.error()));
  store->reader_ = std::move(*reader);
  if (auto ready = store->prepare(); !ready) return refuse(sentence(ready.error()));
  return store;
}

SqliteStore::~SqliteStore() = default;

SqliteResult<void> SqliteStore::prepare() {
  sqlite3_wal_hook(
      writer_.get(),
      [](void* store, sqlite3*, const char*, int pages) {
        static_cast<SqliteStore*>(store)->pagesInLog_ = pages;
        return SQLITE_OK;
      },
      this);
  const auto into = [](Connection& connection, Statement& statement, const char* sql) {
    return [&connection, &statement, sql]() -> SqliteResult<void> {
      auto prepared = connection.prepare(sql);
      if (!prepared) return std::unexpected(prepared.error());
      statement = std::move(*prepared);
      return {};
    };
  };
  return inTurn(
      into(writer_, begin_, "BEGIN IMMEDIATE"), into(writer_, commit_, "COMMIT"), into(writer_, rollback_, "ROLLBACK"),
      into(writer_, putObject_, "INSERT INTO object(id, class, name) VALUES(?1, ?2, ?3) ON CONFLICT(id) DO NOTHING"),
      into(writer_, eraseObject_, "DELETE FROM object WHERE id=?1"),
      into(writer_, put_,
           "INSERT INTO kv(object, key, value) VALUES(?1, ?2, ?3) "
           "ON CONFLICT(object, key) DO UPDATE SET value=excluded.value"),
      into(writer_, erase_, "DELETE FROM kv WHERE object=?1 AND key=?2"),
      into(writer_, eraseAll_, "DELETE FROM kv WHERE object=?1"),
      into(writer_, probe_,
           "INSERT INTO meta(name, value) VALUES('probe', randomblob(4096)) "
           "ON CONFLICT(name) DO UPDATE SET value=excluded.value"),
      [this] { return reader_.run("PRAGMA query_only=1"); },
      into(reader_, selectName_, "SELECT name FROM object WHERE id=?1"),
      into(reader_, selectEntries_, "SELECT key, value FROM kv WHERE object=?1 ORDER BY key"));
}

Stored<void> SqliteStore::apply(std::span<const WriteSet* const> sets) {
  if (auto begun = begin_.run(); !begun) return std::unexpected(rolledBack(begun.error()));
  for (const WriteSet* set : sets)
    if (auto written = write(*set); !written) return std::unexpected(rolledBack(written.error()));
  if (auto committed = commit_.run(); !committed) return std::unexpected(rolledBack(committed.error()));
  return {};
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
  return failure;
}

Stored<StoredObject> SqliteStore::load(const ObjectId& object) {
  StoredObject stored;
  const auto fail = [&](const SqliteError& error) {
    selectName_.reset();
    selectEntries_.reset();
    return std::unexpected(failureOf(error));
  };
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
  if (pagesInLog_ < std::max(checkpointAt_, idle ? idleCheckpointPages : checkpointPages)) return {};
  int pages = 0, moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(writer_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  const bool whole = code == SQLITE_OK && moved == pages;
  // The next commit starts the log over. If a reader was in the way, or the disk is full, try again after some more.
  checkpointAt_ = whole ? 0 : pagesInLog_ + idleCheckpointPages;
  if (whole) pagesInLog_ = 0;
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  const StoreFailure failure = failureOf({sqlite3_extended_errcode(writer_.get()), sqlite3_errmsg(writer_.get())});
  if (failure.reason == StoreFailure::Reason::failed) return std::unexpected(failure);
  log_.warning(fmt::format("storage: the log could not be moved into the database, will try again: {}", failure.what));
  return {};
}

Stored<void> SqliteStore::probe() {
  if (auto begun = begin_.run(); !begun) return std::unexpected(rolledBack(begun.error()));
  if (auto written = probe_.run(); !written) return std::unexpected(rolledBack(written.error()));
  if (auto committed = commit_.run(); !committed) return std::unexpected(rolledBack(committed.error()));
  return {};
}

void SqliteStore::limitPages(std::int64_t pages) {
  [[maybe_unused]] const auto limited = writer_.run(fmt::format("PRAGMA max_page_count={}", pages).c_str());
}

}  // namespace duramen::objects
