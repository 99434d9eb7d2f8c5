// What a disk, an operator's shell and flipped bytes do to a store.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

#include "base/file_size_signal.h"
#include "base/testing/temporary_directory.h"
#include "loop/manual_loop.h"
#include "objects/committer.h"
#include "objects/data_directory.h"
#include "objects/page_checksum.h"
#include "objects/sqlite_store.h"
#include "objects/testing/stored.h"
#include "objects/testing/system_faults.h"

namespace duramen::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Reason = StoreFailure::Reason;

class AStoreOnDisk : public ::testing::Test {
 protected:
  std::filesystem::path path(const std::string& name = "store.sqlite") const { return directory_.path() / name; }
  Log log() {
    return Log{[this](LogLevel level, std::string_view text) {
      if (level >= LogLevel::warning) warnings_.emplace_back(text);
    }};
  }
  std::expected<std::unique_ptr<SqliteStore>, std::string> tryOpen(SqliteStoreOptions options = {}) {
    options.log = log();
    return SqliteStore::open(directory_.path(), std::move(options));
  }
  std::unique_ptr<SqliteStore> open(SqliteStoreOptions options = {}) {
    auto opened = tryOpen(std::move(options));
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }
  Connection shell() const { return std::move(*Connection::open(path())); }
  static WriteSet change(const std::string& value) { return setOf("a", {{"k", shared(value)}}, false); }

  TemporaryDirectory directory_;
  std::vector<std::string> warnings_;
};

// The files as they are now, as a crash leaves them.
void leaveBehind(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const char* name : {"store.sqlite", "store.sqlite-wal"})
    if (std::filesystem::exists(from / name))
      std::filesystem::copy_file(from / name, to / name, std::filesystem::copy_options::overwrite_existing);
}

TEST_F(AStoreOnDisk, WritesNoMoreWhenAFileOfItWasMovedOrDeleted) {
  for (const std::string name : {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "lock", ""}) {
    for (const bool moves : {true, false}) {
      const TemporaryDirectory parent;
      const auto data = parent.path() / "data";
      auto held = DataDirectory::open(data);
      ASSERT_TRUE(held);
      auto store = SqliteStore::open(data, {.log = {}, .watched = {held->lockFile()}});
      ASSERT_TRUE(store) << store.error();
      ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("v")}})}));
      if (moves)
        std::filesystem::rename(name.empty() ? data : data / name, parent.path() / "moved");
      else
        std::filesystem::remove_all(name.empty() ? data : data / name);
      int writes = 0;  // another server may have the files by now
      const SystemFaults faults{[&] {
        ++writes;
        return 0;
      }};
      const auto applied = apply(**store, {change("w")});
      ASSERT_FALSE(applied) << name << moves;
      EXPECT_EQ(writes, 0);
      EXPECT_EQ(applied.error().reason, Reason::failed);
      EXPECT_THAT(applied.error().what, HasSubstr("was moved or deleted while the server had it open"));
      EXPECT_FALSE((*store)->probe());
    }
  }
}

TEST_F(AStoreOnDisk, AcknowledgesNothingThatWentToAFileThatLostItsNameMeanwhile) {
  auto store = open();
  ASSERT_TRUE(apply(*store, {setOf("a", {{"k", shared("v")}})}));
  const SystemFaults faults{[&] {
    ::rename(path().c_str(), path("moved").c_str());
    return 0;
  }};
  const auto applied = apply(*store, {change("w")});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, Reason::failed);
}

TEST_F(AStoreOnDisk, IsFullWhenTheQuotaOrTheLimitOfFileSizesIsReachedAndGoesOnWhenThereIsRoom) {
  auto store = open();
  ASSERT_TRUE(apply(*store, {setOf("a", {{"k", shared("before")}})}));
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    for (int writes = 0; writes < 2; ++writes) {  // the first one succeeds: nothing of the batch is there all the same
      {
        int left = writes;
        const SystemFaults faults{[&] { return left-- > 0 ? 0 : error; }};
        const auto applied = apply(*store, {change("after" + std::to_string(error))});
        ASSERT_FALSE(applied);
        EXPECT_EQ(applied.error().reason, Reason::full) << error << applied.error().what;
        const auto probed = store->probe();
        ASSERT_FALSE(probed);
        EXPECT_EQ(probed.error().reason, Reason::full);
        EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "before"}}));
      }
      EXPECT_TRUE(store->probe());
    }
  }
  ASSERT_TRUE(apply(*store, {change("after")}));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "after"}}));
}

// A limit of file sizes for as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(AStoreOnDisk, OutlivesTheLimitOfFileSizes) {
  auto store = open();
  loop::ManualLoop loop;
  ThreadCommitter committer{*store, {}, {}, std::chrono::seconds{0}};
  const auto commit = [&](WriteSet set) {
    std::optional<Stored<void>> result;
    committer.commit(std::move(set), loop, [&](const Stored<void>& stored) { result = stored; });
    while (!result)
      if (!loop.run()) std::this_thread::yield();
    return *result;
  };
  ASSERT_TRUE(commit(setOf("a", {{"k", shared("before")}})));
  {
    const FileSizeLimit limit{std::filesystem::file_size(path("store.sqlite-wal"))};
    const auto applied = commit(change("after"));
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().reason, Reason::full);
  }
  ASSERT_TRUE(commit(change("after")));  // at once: who has the answer has heard of the failure
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "after"}}));
}

TEST(TheSignalOfFileSizes, DoesNotReachAThreadThatBlocksItAlsoAfterwards) {
  const TemporaryDirectory directory;
  const FileDescriptor file{::open((directory / "f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  const FileSizeLimit limit{1};
  for (int i = 0; i < 2; ++i) {
    const FileSizeSignalBlocked blocked;
    EXPECT_EQ(::pwrite(file.get(), "x", 1, 1), -1);
    EXPECT_EQ(errno, EFBIG);
  }
}

// The rights of a user who is not root, on this thread.
class AsNobody {
 public:
  AsNobody() { ::setfsuid(65534); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() { ::setfsuid(::geteuid()); }
};

TEST_F(AStoreOnDisk, ThatCanOnlyBeReadIsRefusedAtTheStart) {
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared("v")}})}));
  }
  ::chmod(path().c_str(), 0444);
  ::chmod(directory_.path().c_str(), 0777);
  const AsNobody nobody;
  const auto refused = tryOpen();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("cannot be written to: this process may only read it"));
}

TEST_F(AStoreOnDisk, IsReadAfterAStartOnAFullDiskAndWrittenToWhenThereIsRoom) {
  const TemporaryDirectory lived;
  {
    auto store = SqliteStore::open(lived.path());
    ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("kept")}})}));
    leaveBehind(lived.path(), directory_.path());
  }
  std::unique_ptr<SqliteStore> store;
  {
    const SystemFaults faults{[] { return ENOSPC; }};
    store = open();
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("nothing can be written to it now: the disk is full")));
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "kept"}}));
    const auto applied = apply(*store, {change("new")});
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().reason, Reason::full);
    EXPECT_EQ(store->probe().error().reason, Reason::full);
    EXPECT_TRUE(store->checkpoint(true));
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "kept"}}));
  }
  EXPECT_TRUE(store->probe());
  ASSERT_TRUE(apply(*store, {change("new")}));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "new"}}));
  EXPECT_TRUE(shell().number("SELECT count(*) FROM kv"));  // others may read it again
}

TEST_F(AStoreOnDisk, ThatIsNewIsRefusedOnAFullDisk) {
  const SystemFaults faults{[] { return ENOSPC; }};
  const auto refused = tryOpen();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("cannot be made: the disk is full"));
}

TEST_F(AStoreOnDisk, StartsWhileAShellReadsAlsoAfterACleanStop) {
  Connection reader;
  {
    auto store = open();
    ASSERT_TRUE(apply(*store, {setOf("a", {{"k", shared("1")}})}));
    reader = shell();
    ASSERT_TRUE(reader.run("BEGIN; SELECT count(*) FROM kv"));
    ASSERT_TRUE(apply(*store, {change("2")}));
  }
  ASSERT_GT(std::filesystem::file_size(path("store.sqlite-wal")), 0U);
  auto store = open();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("another program reads")));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "2"}}));
  ASSERT_TRUE(apply(*store, {change("3")}));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "3"}}));
  ASSERT_TRUE(reader.run("COMMIT"));
  reader = {};
  store.reset();
  EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "3"}}));
}

TEST_F(AStoreOnDisk, StartsWhileAShellWritesAndWritesAfterIt) {
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared("1")}})}));
  }
  auto writer = shell();
  ASSERT_TRUE(writer.run("BEGIN IMMEDIATE"));
  auto store = open();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("nothing can be written to it now: another program holds it")));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "1"}}));
  EXPECT_EQ(apply(*store, {change("2")}).error().reason, Reason::busy);
  ASSERT_TRUE(writer.run("ROLLBACK"));
  ASSERT_TRUE(apply(*store, {change("2")}));
  EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "2"}}));
}

TEST_F(AStoreOnDisk, WarnsOfALogThatAForgottenReaderKeepsWithItsSizeAndAge) {
  auto store = open();
  ASSERT_TRUE(apply(*store, {setOf("a", {{"k", shared("1")}})}));
  auto reader = shell();
  ASSERT_TRUE(reader.run("BEGIN; SELECT count(*) FROM kv"));
  for (int i = 0; warnings_.empty() && i < 60; ++i) {
    ASSERT_TRUE(apply(*store, {change(std::string(1'900'000, static_cast<char>('a' + i % 26)))}));
    ASSERT_TRUE(store->checkpoint(false));
  }
  EXPECT_THAT(warnings_,
              ElementsAre(::testing::ContainsRegex("the log has 6[4-9] MiB and cannot be emptied for [0-9]+ s "
                                                   "now: another program, such as a shell, has a read")));
  ASSERT_TRUE(reader.run("COMMIT"));
  ASSERT_TRUE(apply(*store, {change("x")}));
  ASSERT_TRUE(store->checkpoint(true));
}

TEST_F(AStoreOnDisk, IsForItsOwnerOnly) {
  const TemporaryDirectory parent;
  const auto data = parent.path() / "new" / "data";
  auto held = DataDirectory::open(data);
  ASSERT_TRUE(held);
  auto store = SqliteStore::open(data);
  ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("v")}})}));
  const auto rights = [](const std::filesystem::path& each) {
    struct stat status{};
    ::stat(each.c_str(), &status);
    return status.st_mode & 0777U;
  };
  EXPECT_EQ(rights(data), 0700U);
  for (const char* name : {"lock", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm"})
    EXPECT_EQ(rights(data / name), 0600U) << name;
  EXPECT_EQ(held->exposed(), "");
  ::chmod(data.c_str(), 0755);
  EXPECT_EQ(held->exposed(), "");
  ::chmod((data / "store.sqlite").c_str(), 0644);
  EXPECT_EQ(held->exposed(), data / "store.sqlite");
}

// Checksums.

std::string bytesOf(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
void put(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream{file, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::vector<PageState> pagesOf(const std::filesystem::path& file) {
  const std::string bytes = bytesOf(file);
  std::vector<PageState> states;
  for (std::size_t at = 0; at + pageBytes <= bytes.size(); at += pageBytes)
    states.push_back(pageState(std::as_bytes(std::span{bytes}).subspan(at).first<pageBytes>()));
  return states;
}

TEST_F(AStoreOnDisk, HasAChecksumInEachPage) {
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared(std::string(20'000, 'x'))}})}));
  }
  EXPECT_THAT(pagesOf(path()), ::testing::Each(PageState::sound));
  EXPECT_GT(pagesOf(path()).size(), 10U);
  EXPECT_EQ(bytesOf(path())[20], 8);
}

// What the version before wrote: no checksums, format 1.
void makeOldStore(const std::filesystem::path& file, const std::string& value) {
  auto old = Connection::open(file);
  ASSERT_TRUE(old->run(R"(
    PRAGMA journal_mode=WAL;
    CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE object(id BLOB PRIMARY KEY, class TEXT NOT NULL, name TEXT) WITHOUT ROWID;
    CREATE TABLE kv(row INTEGER PRIMARY KEY, object BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                    UNIQUE(object, key));
    CREATE TABLE alarm(object BLOB PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX alarm_due ON alarm(due);
    INSERT INTO meta(name, value) VALUES('format', 1))"));
  const ObjectId id = idOf("a");
  const std::string_view bytes{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
  ASSERT_TRUE(old->prepare("INSERT INTO object VALUES(?1, 'notes', 'a')")->bind(1, bytes).run());
  ASSERT_TRUE(old->prepare("INSERT INTO kv(object, key, value) VALUES(?1, CAST('k' AS BLOB), ?2)")
                  ->bind(1, bytes)
                  .bind(2, value)
                  .run());
}

TEST_F(AStoreOnDisk, ThatIsOlderGetsChecksums) {
  const std::string value(30'000, 'o');
  makeOldStore(path(), value);
  {
    auto store = open();
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", value}}));
    ASSERT_TRUE(apply(*store, {change("new")}));
  }
  EXPECT_THAT(pagesOf(path()), ::testing::Each(PageState::sound));
  EXPECT_EQ(shell().number("SELECT value FROM meta WHERE name='format'"), 2);
  struct stat status{};
  ::stat(path().c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(path("store.sqlite.new")));
  EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "new"}}));
}

TEST_F(AStoreOnDisk, ThatIsOlderAndInUseOrOnAFullDiskServesWithoutChecksumsAndGetsThemLater) {
  makeOldStore(path(), "old");
  {
    auto reader = shell();
    ASSERT_TRUE(reader.run("BEGIN; SELECT count(*) FROM kv"));
    auto store = open();
    EXPECT_THAT(warnings_, ::testing::Contains(HasSubstr("get no checksums before the next start")));
    ASSERT_TRUE(apply(*store, {change("2")}));
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "2"}}));
  }
  EXPECT_THAT(pagesOf(path()), ::testing::Contains(PageState::damaged));
  {
    int left = 12;  // it fails in the middle of the copy
    const SystemFaults faults{[&] { return left-- > 0 ? 0 : EDQUOT; }};
    EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "2"}}));
  }
  EXPECT_FALSE(std::filesystem::exists(path("store.sqlite.new")));
  EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "2"}}));
  EXPECT_THAT(pagesOf(path()), ::testing::Each(PageState::sound));
}

TEST_F(AStoreOnDisk, IsRestoredFromABackupOfAShell) {
  {
    auto store = open();
    ASSERT_TRUE(apply(*store, {setOf("a", {{"k", shared("kept")}})}));
    ASSERT_TRUE(shell().run(("VACUUM INTO '" + path("backup").string() + "'").c_str()));
    ASSERT_TRUE(apply(*store, {change("later")}));
  }
  std::filesystem::rename(path("backup"), path());
  EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "kept"}}));
  EXPECT_THAT(pagesOf(path()), ::testing::Each(PageState::sound));
}

TEST_F(AStoreOnDisk, IsReadAfterAShellHasEmptiedTheLogThatACrashLeft) {
  const TemporaryDirectory lived;
  std::string text(3'000, 'x');
  {
    auto store = SqliteStore::open(lived.path());
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(apply(**store, {setOf(std::to_string(i), {{"k", shared(text + "before")}})}));
  }
  {
    auto store = SqliteStore::open(lived.path());
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(apply(**store, {setOf(std::to_string(i), {{"k", shared(text + "after")}}, false)}));
    leaveBehind(lived.path(), directory_.path());
  }
  {
    EXPECT_EQ(shell().number("SELECT count(*) FROM kv"), 20);
  }
  ASSERT_FALSE(std::filesystem::exists(path("store.sqlite-wal")));
  auto store = open();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(entriesOf(*store, std::to_string(i)), (Entries{{"k", text + "after"}}));
}

TEST_F(AStoreOnDisk, ThatAnotherProgramHasChangedIsRefusedOrUnreadableAndTakenWhenItIsToldTo) {
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared("1")}}), setOf("b", {{"k", shared("1")}})}));
  }
  ASSERT_TRUE(shell().run("UPDATE kv SET value=CAST('2' AS BLOB)"));
  EXPECT_EQ(open()->load(idOf("a")).error().reason, Reason::unreadable);
  {
    auto store = open({.log = {}, .watched = {}, .acceptChangedStore = true});
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", "2"}}));
  }
  EXPECT_EQ(entriesOf(*open(), "a"), (Entries{{"k", "2"}}));
  ASSERT_TRUE(shell().run("CREATE TABLE other(x)"));  // its first page
  const auto refused = tryOpen();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("does not match its checksums"));
  EXPECT_THAT(refused.error(), HasSubstr("--accept-changed-store"));
}

TEST_F(AStoreOnDisk, WithADamagedPageReadsAndWritesAllElse) {
  std::string value(2'000, 'x');
  {
    auto store = open();
    for (int i = 0; i < 200; ++i)
      ASSERT_TRUE(apply(*store, {setOf(std::to_string(i), {{"k", shared(value + std::to_string(i))}})}));
  }
  std::string bytes = bytesOf(path());
  const std::size_t at = bytes.find(value + "77");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'y';
  put(path(), bytes);
  auto store = open();
  EXPECT_EQ(store->load(idOf("77")).error().reason, Reason::unreadable);
  EXPECT_EQ(entriesOf(*store, "5"), (Entries{{"k", value + "5"}}));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("does not match its checksum")));
  const auto applied =
      apply(*store, {setOf("5", {{"k", shared("new")}}, false), setOf("77", {{"k", shared("new")}}, false)});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, Reason::unreadable);
  EXPECT_EQ(entriesOf(*store, "5"), (Entries{{"k", value + "5"}}));
  EXPECT_TRUE(apply(*store, {setOf("5", {{"k", shared("new")}}, false)}));
  EXPECT_EQ(store->load(idOf("77")).error().reason, Reason::unreadable);
  EXPECT_EQ(warnings_.size(), 1U) << "each page is told of once";
}

TEST_F(AStoreOnDisk, FailsOnlyWhatNeedsAPageThatCannotBeRead) {
  const std::string value(20'000, 'x');
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared(value)}})}));
  }
  for (const int error : {EIO, EACCES}) {
    auto store = open();
    {
      const SystemFaults faults{[] { return 0; }, [&] { return error; }};
      const auto loaded = store->load(idOf("a"));
      ASSERT_FALSE(loaded);
      EXPECT_EQ(loaded.error().reason, Reason::unreadable) << loaded.error().what;
      const auto applied = apply(*store, {setOf("a", {{"k", shared("lost")}}, false)});
      ASSERT_FALSE(applied);
      EXPECT_EQ(applied.error().reason, Reason::unreadable) << applied.error().what;
    }
    EXPECT_EQ(entriesOf(*store, "a"), (Entries{{"k", value}}));
    EXPECT_TRUE(apply(*store, {setOf("b", {{"k", shared("v")}})}));
  }
}

TEST_F(AStoreOnDisk, ReadsNothingOfAPageThatIsCutOff) {
  const std::string value(2'000, 'x');
  {
    auto store = open();
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(apply(*store, {setOf(std::to_string(i), {{"k", shared(value + std::to_string(i))}})}));
  }
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 100);
  auto store = open();
  int unreadable = 0;
  for (int i = 0; i < 20; ++i) {
    const auto loaded = store->load(idOf(std::to_string(i)));
    if (loaded)
      EXPECT_EQ(entriesOf(*store, std::to_string(i)), (Entries{{"k", value + std::to_string(i)}}));
    else
      ++unreadable;
  }
  EXPECT_GT(unreadable, 0);
}

// A store with a few saves in the database, and a few more in the log, one batch each.
class AStoreWithFlippedBytes : public ::testing::Test {
 protected:
  static constexpr int saves = 6;

  void SetUp() override {
    const TemporaryDirectory lived;
    {
      auto store = SqliteStore::open(lived.path());
      for (int i = 0; i < 3; ++i) ASSERT_TRUE(apply(**store, {setOf(nameOf(i), {{"k", shared(textOf(i, 0))}})}));
    }
    stored_ = bytesOf(lived.path() / "store.sqlite");
    auto store = SqliteStore::open(lived.path());
    for (int i = 0; i < saves; ++i)
      ASSERT_TRUE(apply(**store, {setOf(nameOf(i % 3), {{"k", shared(textOf(i % 3, i + 1))}}, false)}));
    log_ = bytesOf(lived.path() / "store.sqlite-wal");
  }
  static std::string nameOf(int object) { return "object" + std::to_string(object); }
  static std::string textOf(int object, int save) {
    return "text " + std::to_string(object) + " of save " + std::to_string(save);
  }
  struct Outcome {
    bool refused = false, warned = false, unreadable = false;
    std::array<int, 3> save{-1, -1, -1};  // that is read
  };
  // What a server that starts on these files says, and reads.
  Outcome outcomeOf(std::string_view stored, std::string_view log, bool acceptsLog = false) {
    put(directory_.path() / "store.sqlite", stored);
    std::filesystem::remove(directory_.path() / "store.sqlite-shm");
    if (log.empty())
      std::filesystem::remove(directory_.path() / "store.sqlite-wal");
    else
      put(directory_.path() / "store.sqlite-wal", log);
    Outcome outcome;
    SqliteStoreOptions options{.log = Log{[&](LogLevel level, std::string_view text) {
                                 if (level >= LogLevel::warning && text.contains("whole")) outcome.warned = true;
                               }},
                               .watched = {},
                               .acceptDamagedLog = acceptsLog};
    auto store = SqliteStore::open(directory_.path(), options);
    outcome.refused = !store;
    if (!store) return outcome;
    for (int object = 0; object < 3; ++object) {
      const auto loaded = (*store)->load(idOf(nameOf(object)));
      if (!loaded) {
        outcome.unreadable = true;
        continue;
      }
      for (int save = 0; save <= saves; ++save)
        if (loaded->entries.size() == 1 && *loaded->entries[0].second == textOf(object, save))
          outcome.save[static_cast<std::size_t>(object)] = save;
      if (outcome.save[static_cast<std::size_t>(object)] < 0) ADD_FAILURE() << "a text that nobody has saved";
    }
    return outcome;
  }
  static std::string flipped(std::string bytes, std::size_t at, int bits) {
    bytes[at] = static_cast<char>(bytes[at] ^ bits);
    return bytes;
  }
  static bool isAll(const Outcome& outcome) { return outcome.save == std::array<int, 3>{4, 5, 6}; }

  // DURAMEN_EVERY_BYTE=1 takes every byte.
  static std::size_t stride() {
    return std::getenv("DURAMEN_EVERY_BYTE") ? 1 : 257;  // NOLINT(concurrency-mt-unsafe): nobody sets it
  }

  TemporaryDirectory directory_;
  std::string stored_, log_;
};

TEST_F(AStoreWithFlippedBytes, IsWholeWithoutThem) {
  EXPECT_TRUE(isAll(outcomeOf(stored_, log_)));
  EXPECT_FALSE(outcomeOf(stored_, log_).warned);
  EXPECT_EQ(outcomeOf(stored_, {}).save, (std::array<int, 3>{0, 0, 0}));
}

TEST_F(AStoreWithFlippedBytes, FindsEachInAPage) {
  for (std::size_t at = 0; at < stored_.size(); ++at) {
    const std::size_t page = at / pageBytes * pageBytes;
    std::string copy = stored_.substr(page, pageBytes);
    for (const int bits : {1, 0x80, 0xff}) {
      const std::string changed = flipped(copy, at - page, bits);
      ASSERT_EQ(pageState(std::as_bytes(std::span{changed}).first<pageBytes>()), PageState::damaged) << at;
    }
  }
}

TEST_F(AStoreWithFlippedBytes, ServesNoWrongTextFromTheDatabase) {
  int refused = 0, unreadable = 0;
  for (std::size_t at = 0; at < stored_.size(); at += at < 120 ? 1 : stride()) {
    for (const int bits : {1, 0xff}) {
      const Outcome outcome = outcomeOf(flipped(stored_, at, bits), {});
      refused += outcome.refused;
      unreadable += outcome.unreadable;
      for (const int save : outcome.save)
        ASSERT_TRUE(save == 0 || outcome.refused || outcome.unreadable) << at << " " << bits;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(unreadable, 0);
}

TEST_F(AStoreWithFlippedBytes, LosesNoSaveFromTheLogWithoutSayingSo) {
  int refused = 0, warned = 0;
  const auto isHeader = [](std::size_t at) { return at < logHeaderBytes || (at - logHeaderBytes) % frameBytes < 24; };
  for (std::size_t at = 0; at < log_.size(); ++at) {
    if (!isHeader(at) && at % stride() != 0) continue;
    for (const int bits : {1, 0xff}) {
      const Outcome outcome = outcomeOf(stored_, flipped(log_, at, bits));
      refused += outcome.refused;
      warned += outcome.warned;
      ASSERT_TRUE(isAll(outcome) || outcome.refused || outcome.warned) << at << " " << bits;
      // What is lost with a warning is the last save only.
      if (outcome.warned && !outcome.refused) {
        ASSERT_TRUE((outcome.save == std::array<int, 3>{4, 5, 3}) || isAll(outcome)) << at << " " << bits;
      }
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(warned, 0);
}

TEST_F(AStoreWithFlippedBytes, StartsOnADamagedLogWhenItIsToldToAndKeepsACopy) {
  const std::string damaged = flipped(log_, log_.size() / 2, 1);
  EXPECT_TRUE(outcomeOf(stored_, damaged).refused);
  const Outcome outcome = outcomeOf(stored_, damaged, true);
  EXPECT_FALSE(outcome.refused);
  EXPECT_FALSE(isAll(outcome));
  EXPECT_EQ(bytesOf(directory_.path() / "store.sqlite-wal.damaged"), damaged);
}

TEST_F(AStoreWithFlippedBytes, IsToldFromOneThatACrashLeft) {
  // However much of the last batch has come to the disk, it starts.
  for (std::size_t size = log_.size(); size + 3 * frameBytes > log_.size(); size -= 97) {
    const Outcome outcome = outcomeOf(stored_, std::string_view{log_}.substr(0, size));
    ASSERT_FALSE(outcome.refused) << size;
  }
}

// Its only frame is told from none by the checksum that the header should have.
TEST_F(AStoreOnDisk, WithADamagedHeaderOfALogOfOneFrameIsRefused) {
  {
    ASSERT_TRUE(apply(*open(), {setOf("a", {{"k", shared("1")}})}));
  }
  const TemporaryDirectory crashed;
  {
    auto other = shell();
    ASSERT_TRUE(other.run("UPDATE kv SET value=CAST('2' AS BLOB)"));
    leaveBehind(directory_.path(), crashed.path());
  }
  std::string bytes = bytesOf(crashed.path() / "store.sqlite-wal");
  ASSERT_EQ(bytes.size(), logHeaderBytes + frameBytes);
  bytes[logHeaderBytes - 1] = static_cast<char>(bytes[logHeaderBytes - 1] ^ 1);
  put(crashed.path() / "store.sqlite-wal", bytes);
  const auto refused = SqliteStore::open(crashed.path());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("the log's header is damaged; 1 of its frames"));
}

// Found by a set that changes what stands in it, and by a checkpoint.
TEST_F(AStoreOnDisk, EndsWritingWhenWritingMeetsADamagedFrameOfItsLog) {
  for (const bool bySet : {true, false}) {
    const TemporaryDirectory directory;
    auto store = SqliteStore::open(directory.path());
    // More than SQLite keeps in memory: what is damaged is one of the many pages of the first.
    for (const char name : std::string("abcdef"))
      ASSERT_TRUE(apply(**store, {setOf(std::string(1, name), {{"k", shared(std::string(1'000'000, name))}})}));
    const std::filesystem::path log = directory.path() / "store.sqlite-wal";
    const std::size_t at = bytesOf(log).find(std::string(3'000, 'a'), 500'000);
    ASSERT_NE(at, std::string::npos);
    {
      const FileDescriptor file{::open(log.c_str(), O_WRONLY | O_CLOEXEC)};
      ASSERT_EQ(::pwrite(file.get(), "x", 1, static_cast<off_t>(at)), 1);
    }
    const auto failed =
        bySet ? apply(**store, {setOf("a", {{"k", shared("new")}}, false)}) : (*store)->checkpoint(true);
    ASSERT_FALSE(failed) << (bySet ? "by a set" : "by a checkpoint");
    EXPECT_EQ(failed.error().reason, Reason::failed) << failed.error().what;
  }
}

TEST_F(AStoreOnDisk, EndsWritingWhenItMeetsADamagedFrameOfItsLog) {
  auto store = open();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(
        apply(*store, {setOf(std::to_string(i), {{"k", shared(std::string(9'000, static_cast<char>('a' + i)))}})}));
  const std::string bytes = bytesOf(path("store.sqlite-wal"));
  const std::size_t at = bytes.find(std::string(3'000, 'b'));
  ASSERT_NE(at, std::string::npos);
  {
    const FileDescriptor file{::open(path("store.sqlite-wal").c_str(), O_WRONLY | O_CLOEXEC)};
    ASSERT_EQ(::pwrite(file.get(), "x", 1, static_cast<off_t>(at)), 1);
  }
  EXPECT_EQ(store->load(idOf("1")).error().reason, Reason::unreadable);
  EXPECT_EQ(entriesOf(*store, "0"), (Entries{{"k", std::string(9'000, 'a')}}));
  const auto applied = apply(*store, {setOf("4", {{"k", shared("v")}})});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, Reason::failed);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("frame")));
}

}  // namespace
}  // namespace duramen::objects
