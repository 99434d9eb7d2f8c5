#include "objects/store_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <span>

#include "objects/page_checksum.h"

namespace duramen::objects {
namespace {

constexpr std::size_t mostReported = 1000;  // damaged pages that are logged

enum class Kind : std::uint8_t { database, log, other };

bool isFull(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

// What SQLite sees of a file; the file of its own VFS stands behind it in the same memory.
struct File : sqlite3_file {
  StoreVfs* vfs;
  const char* path;  // SQLite's; as long as the file is open
  Kind kind;
  bool isSummed;
};
static_assert(sizeof(File) % alignof(std::max_align_t) == 0);

File& self(sqlite3_file* file) { return *static_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(static_cast<File*>(file) + 1); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

int close(sqlite3_file* file) { return methods(file).xClose(real(file)); }

int checkPage(File& file, std::span<std::byte, pageBytes> page, sqlite3_int64 offset) {
  if (pageState(page) == PageState::damaged) {
    file.vfs->report(file.path, static_cast<std::uint64_t>(offset) / pageBytes + 1);
    return SQLITE_IOERR_DATA;
  }
  // A page that a program without checksums copies out of the log has none then, and not that of its older content.
  std::ranges::fill(page.last<checksumBytes>(), std::byte{});
  return SQLITE_OK;
}

int readDatabase(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  const int code = methods(file).xRead(real(file), to, bytes, offset);
  constexpr int leastPage = 512;  // what is smaller is a look at the header
  if (!self(file).isSummed || bytes < leastPage || (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)) return code;
  if (code != SQLITE_OK || bytes != static_cast<int>(pageBytes)) {
    self(file).vfs->report(self(file).path, static_cast<std::uint64_t>(offset) / pageBytes + 1);
    return SQLITE_IOERR_DATA;
  }
  return checkPage(self(file), std::span<std::byte, pageBytes>{static_cast<std::byte*>(to), pageBytes}, offset);
}

template <std::size_t size>
bool readBytes(sqlite3_file* file, std::array<std::byte, size>& to, sqlite3_int64 offset) {
  return methods(file).xRead(real(file), to.data(), static_cast<int>(size), offset) == SQLITE_OK;
}

// Whether a page fits to its frame's header, and to the sum that the frame before it, or the log's header, ends with.
bool fitsFrame(sqlite3_file* file, std::span<const std::byte> page, sqlite3_int64 frame) {
  std::array<std::byte, frameHeaderBytes> header{};
  std::array<std::byte, checksumBytes> before{};
  const bool isFirst = frame == logHeaderBytes;
  const sqlite3_int64 previous = isFirst ? logHeaderBytes - checksumBytes
                                         : frame - static_cast<sqlite3_int64>(frameBytes) +
                                               static_cast<sqlite3_int64>(frameHeaderBytes - checksumBytes);
  if (!readBytes(file, header, frame) || !readBytes(file, before, previous)) return false;
  const Checksum stored = readFrameHeader(header).stored;
  const auto sumIn = [&](WordOrder order) { return frameChecksum(header, page, storedChecksum(before), order); };
  return sumIn(WordOrder::little) == stored || sumIn(WordOrder::big) == stored;
}

int readLog(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  const int code = methods(file).xRead(real(file), to, bytes, offset);
  // Recovery reads whole frames, and compares them itself.
  if (code != SQLITE_OK || bytes != static_cast<int>(pageBytes)) return code;
  const sqlite3_int64 frame = offset - static_cast<sqlite3_int64>(frameHeaderBytes);
  if (fitsFrame(file, {static_cast<const std::byte*>(to), pageBytes}, frame)) return SQLITE_OK;
  self(file).vfs->reportLog(self(file).path, (static_cast<std::uint64_t>(frame) - logHeaderBytes) / frameBytes + 1);
  return SQLITE_IOERR_DATA;
}

int read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  switch (self(file).kind) {
    case Kind::database:
      return readDatabase(file, to, bytes, offset);
    case Kind::log:
      return readLog(file, to, bytes, offset);
    case Kind::other:
      break;
  }
  return methods(file).xRead(real(file), to, bytes, offset);
}

int fullInstead(sqlite3_file* file, int code) {
  int error = 0;
  methods(file).xFileControl(real(file), SQLITE_FCNTL_LAST_ERRNO, &error);
  return isFull(error) ? SQLITE_FULL : code;
}

int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  std::array<std::byte, pageBytes> summed;
  if (self(file).isSummed && bytes == static_cast<int>(pageBytes)) {
    std::copy_n(static_cast<const std::byte*>(from), pageBytes, summed.begin());
    sumPage(summed);
    from = summed.data();
  }
  const int code = methods(file).xWrite(real(file), from, bytes, offset);
  return code == SQLITE_IOERR_WRITE ? fullInstead(file, code) : code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) { return methods(file).xTruncate(real(file), size); }
int sync(sqlite3_file* file, int flags) { return methods(file).xSync(real(file), flags); }
int fileSize(sqlite3_file* file, sqlite3_int64* size) { return methods(file).xFileSize(real(file), size); }
int lock(sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); }
int reserved(sqlite3_file* file, int* is) { return methods(file).xCheckReservedLock(real(file), is); }
int control(sqlite3_file* file, int what, void* value) { return methods(file).xFileControl(real(file), what, value); }
int sectorSize(sqlite3_file* file) { return methods(file).xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); }

int mapShared(sqlite3_file* file, int region, int bytes, int extend, void volatile** at) {
  errno = 0;
  const int code = methods(file).xShmMap(real(file), region, bytes, extend, at);
  return code != SQLITE_OK && isFull(errno) ? SQLITE_FULL : code;
}
int lockShared(sqlite3_file* file, int first, int count, int flags) {
  return methods(file).xShmLock(real(file), first, count, flags);
}
void shareBarrier(sqlite3_file* file) { methods(file).xShmBarrier(real(file)); }
int unmapShared(sqlite3_file* file, int deletes) { return methods(file).xShmUnmap(real(file), deletes); }

// Version 2: without memory mapping, which would pass by the checksums.
constexpr sqlite3_io_methods fileMethods{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = fileSize,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = reserved,
    .xFileControl = control,
    .xSectorSize = sectorSize,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = mapShared,
    .xShmLock = lockShared,
    .xShmBarrier = shareBarrier,
    .xShmUnmap = unmapShared,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

Kind kindOf(int flags) {
  if (flags & SQLITE_OPEN_MAIN_DB) return Kind::database;
  return flags & SQLITE_OPEN_WAL ? Kind::log : Kind::other;
}

}  // namespace

struct StoreVfs::Registration {
  explicit Registration(StoreVfs& vfs)
      : owner(vfs), base(sqlite3_vfs_find(nullptr)), name(fmt::format("duramen-{}", static_cast<void*>(this))) {
    own.szOsFile = static_cast<int>(sizeof(File)) + base->szOsFile;
    own.mxPathname = base->mxPathname;
    own.zName = name.c_str();
    own.pAppData = this;
    sqlite3_vfs_register(&own, 0);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { sqlite3_vfs_unregister(&own); }

  static Registration& of(sqlite3_vfs* vfs) { return *static_cast<Registration*>(vfs->pAppData); }
  static sqlite3_vfs* baseOf(sqlite3_vfs* vfs) { return of(vfs).base; }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* outFlags) {
    StoreVfs& owner = of(vfs).owner;
    const Kind kind = kindOf(flags);
    new (file) File{{.pMethods = nullptr}, &owner, path, kind, kind == Kind::database && owner.carriesSums(path)};
    errno = 0;
    const int code = baseOf(vfs)->xOpen(baseOf(vfs), path, real(file), flags, outFlags);
    const bool full = code != SQLITE_OK && isFull(errno);
    if (real(file)->pMethods) file->pMethods = &fileMethods;
    return full ? SQLITE_FULL : code;
  }

  StoreVfs& owner;
  sqlite3_vfs* const base;
  const std::string name;
  sqlite3_vfs own{
      .iVersion = 2,
      .szOsFile = 0,
      .mxPathname = 0,
      .pNext = nullptr,
      .zName = nullptr,
      .pAppData = nullptr,
      .xOpen = open,
      .xDelete = [](sqlite3_vfs* v, const char* path, int syncs) { return baseOf(v)->xDelete(baseOf(v), path, syncs); },
      .xAccess = [](sqlite3_vfs* v, const char* path, int flags,
                    int* is) { return baseOf(v)->xAccess(baseOf(v), path, flags, is); },
      .xFullPathname = [](sqlite3_vfs* v, const char* path, int size,
                          char* to) { return baseOf(v)->xFullPathname(baseOf(v), path, size, to); },
      .xDlOpen = [](sqlite3_vfs* v, const char* path) { return baseOf(v)->xDlOpen(baseOf(v), path); },
      .xDlError = [](sqlite3_vfs* v, int size, char* to) { baseOf(v)->xDlError(baseOf(v), size, to); },
      .xDlSym = [](sqlite3_vfs* v, void* library,
                   const char* symbol) { return baseOf(v)->xDlSym(baseOf(v), library, symbol); },
      .xDlClose = [](sqlite3_vfs* v, void* library) { baseOf(v)->xDlClose(baseOf(v), library); },
      .xRandomness = [](sqlite3_vfs* v, int size, char* to) { return baseOf(v)->xRandomness(baseOf(v), size, to); },
      .xSleep = [](sqlite3_vfs* v, int micros) { return baseOf(v)->xSleep(baseOf(v), micros); },
      .xCurrentTime = [](sqlite3_vfs* v, double* days) { return baseOf(v)->xCurrentTime(baseOf(v), days); },
      .xGetLastError = [](sqlite3_vfs* v, int size, char* to) { return baseOf(v)->xGetLastError(baseOf(v), size, to); },
      .xCurrentTimeInt64 = [](sqlite3_vfs* v,
                              sqlite3_int64* now) { return baseOf(v)->xCurrentTimeInt64(baseOf(v), now); },
      .xSetSystemCall = nullptr,
      .xGetSystemCall = nullptr,
      .xNextSystemCall = nullptr,
  };
};

StoreVfs::StoreVfs(Log log, std::string unsummed)
    : log_(std::move(log)), unsummed_(std::move(unsummed)), registration_(std::make_unique<Registration>(*this)) {}
StoreVfs::~StoreVfs() = default;

const char* StoreVfs::name() const { return registration_->name.c_str(); }

void StoreVfs::report(const std::string& file, std::uint64_t page) {
  {
    const std::lock_guard lock{mutex_};
    if (reported_.size() >= mostReported || !reported_.emplace(file, page).second) return;
  }
  log_.error(
      fmt::format("storage: page {} of {} does not match its checksum: it is damaged, or another program has "
                  "changed it",
                  page, file));
}

void StoreVfs::reportLog(const std::string& file, std::uint64_t frame) {
  if (logIsDamaged_.exchange(true)) return;
  log_.error(fmt::format("storage: frame {} of {} does not match its checksum: it is damaged", frame, file));
}

}  // namespace duramen::objects
