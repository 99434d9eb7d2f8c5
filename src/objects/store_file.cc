#include "objects/store_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/file_descriptor.h"
#include "objects/page_checksum.h"
#include "objects/store_vfs.h"

namespace duramen::objects {
namespace {

constexpr std::size_t reservedAt = 20;  // in the header: how many bytes at the end of a page are no content

std::unexpected<SqliteError> systemError(const std::string& what) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return std::unexpected(
      SqliteError{full ? SQLITE_FULL : SQLITE_IOERR, what + ": " + std::generic_category().message(error)});
}

SqliteResult<void> syncFile(const std::filesystem::path& path, int flags) {
  const FileDescriptor file{::open(path.c_str(), flags | O_CLOEXEC)};
  if (!file.isOpen() || ::fsync(file.get()) != 0) return systemError("cannot sync " + path.string());
  return {};
}

// Fills `to` with the content of `from`, page by page with checksums; leaves `from` without a log.
SqliteResult<void> copy(const std::filesystem::path& from, const std::filesystem::path& to, const Log& log) {
  StoreVfs vfs{log, from.string()};
  auto source = Connection::open(from, vfs.name());
  if (!source) return std::unexpected(source.error());
  // Alone from here on: nobody else has it open, and nobody can open it.
  if (auto alone = source->run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA wal_checkpoint(TRUNCATE);"
                               "BEGIN IMMEDIATE; COMMIT");
      !alone)
    return alone;
  int reserved = checksumBytes;
  sqlite3_file_control(source->get(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  auto into = source->prepare("VACUUM INTO ?1");
  if (!into) return std::unexpected(into.error());
  if (auto copied = into->bindText(1, to.string()).run(); !copied) return copied;
  *into = Statement{};
  auto target = Connection::open(to, vfs.name());
  if (!target) return std::unexpected(target.error());
  return target->run("UPDATE meta SET value=2 WHERE name='format'");
}

}  // namespace

StoreFile::Kind StoreFile::look(const std::filesystem::path& file) {
  const FileDescriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<std::byte, pageBytes> page{};
  const ssize_t size = opened.isOpen() ? ::read(opened.get(), page.data(), page.size()) : 0;
  if (size <= 0) return Kind::fresh;
  if (size != static_cast<ssize_t>(page.size())) return Kind::unsummed;
  std::byte& reserved = page[reservedAt];
  const bool saysSummed = reserved == std::byte{checksumBytes};
  if (saysSummed) {
    const PageState state = pageState(page);
    if (state == PageState::none) return Kind::unsummed;
    return state == PageState::sound ? Kind::summed : Kind::damaged;
  }
  reserved = std::byte{checksumBytes};
  return pageState(page) == PageState::sound ? Kind::damaged : Kind::unsummed;
}

bool StoreFile::make(const std::filesystem::path& file) {
  return FileDescriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)}.isOpen();
}

SqliteResult<void> giveChecksums(const std::filesystem::path& path, const Log& log) {
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::weakly_canonical(path, ignored);  // as SQLite names it
  const std::filesystem::path copied = file.string() + ".new", wal = file.string() + "-wal";
  std::filesystem::remove(copied, ignored);
  const auto fail = [&](const SqliteError& error) {
    std::filesystem::remove(copied, ignored);
    return std::unexpected(error);
  };
  if (!StoreFile::make(copied)) return systemError("cannot make " + copied.string());
  if (auto done = copy(file, copied, log); !done) return fail(done.error());
  // A log that is left would be taken for the new file's.
  if (std::filesystem::exists(wal, ignored) && !(std::filesystem::file_size(wal, ignored) == 0))
    return fail({SQLITE_BUSY, "another program has its log open"});
  if (auto synced = syncFile(copied, O_RDWR); !synced) return fail(synced.error());
  if (std::rename(copied.c_str(), file.c_str()) != 0) return systemError("cannot replace " + file.string());
  return syncFile(file.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace duramen::objects
