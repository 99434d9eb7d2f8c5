#include "objects/data_directory.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "base/file_size_signal.h"
#include "base/testing/temporary_directory.h"

namespace duramen::objects {
namespace {

using ::testing::HasSubstr;

TEST(ADataDirectory, IsMadeWithItsParents) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path() / "a" / "b" / "");
  ASSERT_TRUE(directory) << directory.error();
  EXPECT_TRUE(std::filesystem::is_directory(temporary.path() / "a" / "b"));
  EXPECT_TRUE(directory->sync());
}

TEST(ADataDirectory, IsHeldByOneServerAtATimeAlsoInOneProcess) {
  const TemporaryDirectory temporary;
  {
    auto first = DataDirectory::open(temporary.path());
    ASSERT_TRUE(first);
    const DataDirectory moved = std::move(*first);
    const auto second = DataDirectory::open(temporary.path());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr("is in use by process " + std::to_string(::getpid())));
    EXPECT_THAT(second.error(), HasSubstr(temporary.path().string()));
  }
  EXPECT_TRUE(DataDirectory::open(temporary.path()));
}

TEST(ADataDirectory, IsHeldAlsoWhenItsLockFileWasDeletedOrMoved) {
  const TemporaryDirectory temporary;
  const auto first = DataDirectory::open(temporary.path());
  ASSERT_TRUE(first);
  const NamedFile lock = first->lockFile();
  EXPECT_TRUE(lock.isStillNamed());
  std::filesystem::rename(temporary.path() / "lock", temporary.path() / "moved");
  EXPECT_FALSE(lock.isStillNamed());
  const auto second = DataDirectory::open(temporary.path());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("is in use by another process, whose `lock` in it was moved or deleted"));
  EXPECT_FALSE(lock.isStillNamed());  // the second one has made a new file
}

TEST(ADataDirectory, StartsWhenTheDiskHasNoRoomForItsProcessId) {
  const TemporaryDirectory temporary;
  {
    ASSERT_TRUE(DataDirectory::open(temporary.path()));
  }
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const FileSizeSignalBlocked blocked;
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  const auto opened = DataDirectory::open(temporary.path());
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(opened) << opened.error();
}

TEST(ADataDirectory, IsNoFile) {
  const TemporaryDirectory temporary;
  std::ofstream{temporary.path() / "file"} << "x";
  const auto asFile = DataDirectory::open(temporary.path() / "file");
  ASSERT_FALSE(asFile);
  EXPECT_THAT(asFile.error(), HasSubstr("there is a file of this name"));
  const auto belowFile = DataDirectory::open(temporary.path() / "file" / "data");
  ASSERT_FALSE(belowFile);
  EXPECT_THAT(belowFile.error(), HasSubstr("cannot be made"));
}

TEST(ADataDirectory, ThatCannotBeWrittenToIsRefusedWithTheReason) {
  // Not even root makes files there.
  const auto made = DataDirectory::open("/proc/duramen");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("cannot be made"));
  const auto there = DataDirectory::open("/proc");
  ASSERT_FALSE(there);
  EXPECT_THAT(there.error(), HasSubstr("cannot be written to"));
}

}  // namespace
}  // namespace duramen::objects
