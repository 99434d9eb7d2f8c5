#include "server/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/testing/temporary_directory.h"

namespace duramen::server {
namespace {

class Secret : public testing::Test {
 protected:
  const TemporaryDirectory directory;
  const std::filesystem::path& folder = directory.path();
};

TEST_F(Secret, IsMadeOnceAndForItsOwnerAlone) {
  const auto first = readSecret(folder, {});
  ASSERT_TRUE(first) << first.error();
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(readSecret(folder, {}), first);
  struct stat status{};
  ASSERT_EQ(::stat((folder / "secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Secret, OfAnOperatorIsReadAndNeverMade) {
  const std::string file = folder / "key";
  const auto missing = readSecret(folder, file);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "secret " + file + ": cannot be read: No such file or directory");
  std::ofstream{file} << std::string(31, 'k');
  EXPECT_EQ(readSecret(folder, file).error(), "secret " + file + ": expected 32 to 4096 random bytes, got 31");
  std::ofstream{file} << std::string(64, 'k');
  EXPECT_EQ(readSecret(folder, file), std::string(64, 'k'));
  EXPECT_FALSE(std::filesystem::exists(folder / "secret"));
}

}  // namespace
}  // namespace duramen::server
