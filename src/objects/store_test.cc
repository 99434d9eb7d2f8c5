// What every store does, memory or disk.

#include "objects/store.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>

#include "base/testing/temporary_directory.h"
#include "objects/memory_store.h"
#include "objects/sqlite_store.h"
#include "objects/testing/stored.h"

namespace duramen::objects {
namespace {

using ::testing::HasSubstr;
class AStore : public ::testing::TestWithParam<bool> {
 protected:
  AStore() {
    if (GetParam()) {
      auto opened = SqliteStore::open(directory_.path());
      if (!opened) throw std::runtime_error(opened.error());
      store_ = std::move(*opened);
    } else {
      store_ = std::make_unique<MemoryStore>();
    }
  }
  Store& store() { return *store_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_P(AStore, GivesBackWhatWasApplied) {
  ASSERT_TRUE(apply(store(), {setOf("a", {{"k", shared("v")}}), setOf("b", {{"k", shared("other")}})}));
  EXPECT_EQ(entriesOf(store(), "a"), (Entries{{"k", "v"}}));
  EXPECT_EQ(entriesOf(store(), "b"), (Entries{{"k", "other"}}));
  const auto loaded = store().load(idOf("a"));
  EXPECT_TRUE(loaded->isKnown);
  EXPECT_EQ(loaded->name, "a");
}

TEST_P(AStore, KnowsNothingOfAnObjectThatWasNeverWritten) {
  const auto loaded = store().load(idOf("never"));
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->isKnown);
  EXPECT_TRUE(loaded->entries.empty());
  EXPECT_EQ(loaded->name, "");
}

TEST_P(AStore, AppliesSetsInOrder) {
  ASSERT_TRUE(apply(store(), {setOf("a", {{"k", shared("1")}, {"l", shared("1")}}),
                              setOf("a", {{"k", shared("2")}, {"l", nullptr}}, false)}));
  EXPECT_EQ(entriesOf(store(), "a"), (Entries{{"k", "2"}}));
}

TEST_P(AStore, OrdersKeysByTheirBytes) {
  ASSERT_TRUE(apply(store(), {setOf("a", {{"b", shared("")},
                                          {"a\xff", shared("")},
                                          {std::string("a\0", 2), shared("")},
                                          {"a", shared("")},
                                          {"B", shared("")},
                                          {"\xc3\xa9", shared("")}})}));
  EXPECT_EQ(entriesOf(store(), "a"),
            (Entries{{"B", ""}, {"a", ""}, {std::string("a\0", 2), ""}, {"a\xff", ""}, {"b", ""}, {"\xc3\xa9", ""}}));
}

TEST_P(AStore, KeepsBytesAsTheyAre) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string big(2'000'000, 'x');
  ASSERT_TRUE(apply(store(), {setOf("a", {{all, shared(all)}, {"big", shared(big)}, {"empty", shared("")}})}));
  EXPECT_EQ(entriesOf(store(), "a"), (Entries{{all, all}, {"big", big}, {"empty", ""}}));
}

TEST_P(AStore, ErasesAllBeforeTheWritesOfTheSameSet) {
  ASSERT_TRUE(apply(store(), {setOf("a", {{"old", shared("1")}}), setOf("b", {{"stays", shared("1")}})}));
  WriteSet set = setOf("a", {{"new", shared("2")}});
  set.eraseAll = true;
  ASSERT_TRUE(apply(store(), {set}));
  EXPECT_EQ(entriesOf(store(), "a"), (Entries{{"new", "2"}}));
  EXPECT_EQ(entriesOf(store(), "b"), (Entries{{"stays", "1"}}));

  set = setOf("a", {}, false);
  set.eraseAll = true;
  ASSERT_TRUE(apply(store(), {set}));
  EXPECT_FALSE(store().load(idOf("a"))->isKnown);
}

TEST_P(AStore, KeepsNamesOfAtMost1024Bytes) {
  const std::string name(1024, 'n'), longer(1025, 'n');
  ASSERT_TRUE(apply(store(), {setOf(name, {{"k", shared("v")}}), setOf(longer, {{"k", shared("v")}})}));
  EXPECT_EQ(store().load(idOf(name))->name, name);
  EXPECT_EQ(store().load(idOf(longer))->name, "");
  EXPECT_TRUE(store().load(idOf(longer))->isKnown);
}

TEST_P(AStore, HasRoomAndNothingToTidyWhenItIsNew) {
  EXPECT_TRUE(store().probe());
  EXPECT_TRUE(store().checkpoint(false));
  EXPECT_TRUE(store().checkpoint(true));
}

INSTANTIATE_TEST_SUITE_P(Kind, AStore, ::testing::Bool(),
                         [](const auto& kind) { return std::string(kind.param ? "OnDisk" : "InMemory"); });

std::int64_t numberIn(const std::filesystem::path& directory, const char* sql) {
  auto connection = Connection::open(directory / "store.sqlite");
  return connection->number(sql).value_or(-1);
}

TEST(ASqliteStore, IsThereWhenItIsOpenedAgain) {
  const TemporaryDirectory directory;
  {
    auto store = SqliteStore::open(directory.path());
    ASSERT_TRUE(store) << store.error();
    ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("v")}})}));
  }
  auto store = SqliteStore::open(directory.path());
  ASSERT_TRUE(store) << store.error();
  EXPECT_EQ(entriesOf(**store, "a"), (Entries{{"k", "v"}}));
}

TEST(ASqliteStore, HasTheSchemaAndTheSettingsOfItsDocument) {
  const TemporaryDirectory directory;
  auto store = SqliteStore::open(directory.path());
  ASSERT_TRUE(store) << store.error();
  EXPECT_EQ(numberIn(directory.path(), "SELECT value FROM meta WHERE name='format'"), 2);
  EXPECT_EQ(numberIn(directory.path(), "PRAGMA page_size"), 4096);
  EXPECT_EQ(numberIn(directory.path(), "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), 1);
  EXPECT_EQ(numberIn(directory.path(),
                     "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta','object','kv','alarm','alarm_due')"),
            5);
}

TEST(ASqliteStore, RefusesWhatIsNoStoreOfThisVersion) {
  const TemporaryDirectory newer, foreign, noise;
  {
    ASSERT_TRUE(SqliteStore::open(newer.path()));
  }
  {
    const StoreVfs vfs{Log{}};  // which keeps the checksums right
    ASSERT_TRUE(Connection::open(newer.path() / "store.sqlite", vfs.name())
                    ->run("UPDATE meta SET value=3 WHERE name='format'"));
  }
  const auto tooNew = SqliteStore::open(newer.path());
  ASSERT_FALSE(tooNew);
  EXPECT_THAT(tooNew.error(), HasSubstr("was written by a newer Duramen (format 3, this one knows 2)"));
  EXPECT_THAT(tooNew.error(), HasSubstr("store.sqlite"));

  ASSERT_TRUE(Connection::open(foreign.path() / "store.sqlite")->run("CREATE TABLE other(x)"));
  const auto other = SqliteStore::open(foreign.path());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error(), HasSubstr("is no store of Duramen"));

  std::ofstream{noise.path() / "store.sqlite"} << std::string(8192, 'x');
  const auto none = SqliteStore::open(noise.path());
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), HasSubstr("is no database"));

  std::filesystem::create_directory(foreign.path() / "d");
  std::filesystem::create_directory(foreign.path() / "d" / "store.sqlite");
  EXPECT_FALSE(SqliteStore::open(foreign.path() / "d"));
}

TEST(ASqliteStore, IsWholeAfterItsLogWasLeftBehindAndThatLogIsEmptiedFirst) {
  const TemporaryDirectory lived, crashed;
  {
    auto store = SqliteStore::open(lived.path());
    ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("v")}})}));
    // What a crash leaves: the log as it is now, never moved into the database.
    for (const char* name : {"store.sqlite", "store.sqlite-wal"})
      std::filesystem::copy_file(lived.path() / name, crashed.path() / name);
  }
  ASSERT_GT(std::filesystem::file_size(crashed.path() / "store.sqlite-wal"), 0U);
  auto store = SqliteStore::open(crashed.path());
  ASSERT_TRUE(store) << store.error();
  EXPECT_EQ(std::filesystem::file_size(crashed.path() / "store.sqlite-wal"), 0U);
  EXPECT_EQ(entriesOf(**store, "a"), (Entries{{"k", "v"}}));
}

TEST(ASqliteStore, ThatIsFullAppliesNothingOfTheBatchAndGoesOnWhenThereIsRoom) {
  const TemporaryDirectory directory;
  auto store = SqliteStore::open(directory.path());
  ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("before")}})}));
  (*store)->limitPages(32);
  const auto applied = apply(
      **store, {setOf("a", {{"k", shared("after")}}, false), setOf("b", {{"k", shared(std::string(1'000'000, 'x'))}})});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, StoreFailure::Reason::full);
  EXPECT_EQ(entriesOf(**store, "a"), (Entries{{"k", "before"}}));
  EXPECT_FALSE((*store)->load(idOf("b"))->isKnown);

  (*store)->limitPages(10'000);
  EXPECT_TRUE((*store)->probe());
  ASSERT_TRUE(apply(**store, {setOf("a", {{"k", shared("after")}}, false)}));
  EXPECT_EQ(entriesOf(**store, "a"), (Entries{{"k", "after"}}));
}

TEST(ASqliteStore, IsBusyWhileAShellHoldsItAndNothingIsBegun) {
  const TemporaryDirectory directory;
  auto store = SqliteStore::open(directory.path());
  auto shell = Connection::open(directory.path() / "store.sqlite");
  ASSERT_TRUE(shell->run("BEGIN IMMEDIATE"));
  const auto applied = apply(**store, {setOf("a", {{"k", shared("v")}})});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, StoreFailure::Reason::busy);
  ASSERT_TRUE(shell->run("ROLLBACK"));
  EXPECT_TRUE(apply(**store, {setOf("a", {{"k", shared("v")}})}));
}

TEST(ASqliteStore, MovesItsLogIntoTheDatabaseWhenThereIsEnoughOfIt) {
  const TemporaryDirectory directory;
  auto store = SqliteStore::open(directory.path());
  const auto pages = [&] { return std::filesystem::file_size(directory.path() / "store.sqlite") / 4096; };
  std::string value(1'900'000, 'a');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(apply(**store, {setOf("a" + std::to_string(i), {{"k", shared(value)}})}));
  EXPECT_LT(pages(), 100U);
  ASSERT_TRUE((*store)->checkpoint(false));
  EXPECT_LT(pages(), 100U);
  ASSERT_TRUE((*store)->checkpoint(true));
  EXPECT_GT(pages(), 1000U);
}

}  // namespace
}  // namespace duramen::objects
