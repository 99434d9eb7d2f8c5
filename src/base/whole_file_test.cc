#include "base/whole_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/testing/temporary_directory.h"
#include "duramen/form_data.h"

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

TEST(File, IsSavedWhole) {
  const TemporaryDirectory folder;
  std::string bytes(1'000'000, 'a');
  bytes[3] = '\0';
  const File file{.name = "../a.bin", .type = "", .bytes = bytes};
  EXPECT_TRUE(file.saveTo(folder / "saved"));
  EXPECT_EQ(contentOf(folder / "saved"), bytes);
  EXPECT_TRUE(File{}.saveTo(folder / "empty"));
  EXPECT_EQ(contentOf(folder / "empty"), "");
}

TEST(File, SaysWhyItCannotBeSaved) {
  const TemporaryDirectory folder;
  const auto saved = File{.name = "a", .type = "", .bytes = "b"}.saveTo(folder / "none/a");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error(), (folder / "none/a") + " cannot be written: No such file or directory");
}

}  // namespace
}  // namespace duramen
