#include "objects/data_directory.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

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
