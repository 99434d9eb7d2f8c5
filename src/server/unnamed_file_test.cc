#include "server/unnamed_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "base/testing/temporary_directory.h"

namespace duramen::server {
namespace {

class UnnamedFile : public testing::TestWithParam<FileDescriptor (*)(const std::string&)> {};

TEST_P(UnnamedFile, HasNoNameAndIsMappedWhenItIsClosed) {
  const TemporaryDirectory folder;
  std::unique_ptr<const MappedFile> mapped;
  {
    const FileDescriptor file = GetParam()(folder.path());
    ASSERT_TRUE(file.isOpen());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_TRUE(writeAll(file, "some bytes"));
    mapped = MappedFile::map(file, 10);
  }
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->view(), "some bytes");
}

TEST_P(UnnamedFile, IsNoneWithoutADirectory) {
  const TemporaryDirectory folder;
  EXPECT_FALSE(GetParam()(folder / "none").isOpen());
  EXPECT_EQ(errno, ENOENT);
}

INSTANTIATE_TEST_SUITE_P(All, UnnamedFile, testing::Values(&openUnnamed, &openAndUnlink));

}  // namespace
}  // namespace duramen::server
