#include "base/whole_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/testing/temporary_directory.h"

namespace duramen {
namespace {

std::string contentOf(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream{path, std::ios::binary}.rdbuf();
  return content.str();
}

std::vector<std::string> namesIn(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator{folder}) names.push_back(each.path().filename());
  return names;
}

TEST(WriteWhole, TakesThePlaceOfAFileThatIsThere) {
  const TemporaryDirectory folder;
  EXPECT_TRUE(writeWhole(folder / "a", 0600, "first"));
  EXPECT_TRUE(writeWhole(folder / "a", 0640, "second, longer"));
  EXPECT_EQ(contentOf(folder / "a"), "second, longer");
  EXPECT_EQ(namesIn(folder.path()), std::vector<std::string>{"a"});
}

TEST(WriteWhole, LeavesNothingBesideItWhenItFails) {
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder / "a");
  EXPECT_FALSE(writeWhole(folder / "a", 0600, "bytes"));
  EXPECT_EQ(namesIn(folder.path()), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace duramen
