#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duramen/server.h"

namespace duramen {
namespace {

using testing::HasSubstr;

ServerOptions optionsOf(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  return ServerOptions::fromArgs(static_cast<int>(pointers.size()), pointers.data());
}

TEST(FromArgs, TakesSeveralDirectoriesOfFiles) {
  const ServerOptions options = optionsOf({"--static", "/files=/srv/files", "--static=/b=/srv/a=b"});
  EXPECT_FALSE(options.exitStatus);
  ASSERT_EQ(options.staticFiles.size(), 2U);
  EXPECT_EQ(options.staticFiles[0].path, "/files");
  EXPECT_EQ(options.staticFiles[0].directory, "/srv/files");
  EXPECT_EQ(options.staticFiles[1].path, "/b");
  EXPECT_EQ(options.staticFiles[1].directory, "/srv/a=b");
}

TEST(FromArgs, SaysHowADirectoryOfFilesIsGiven) {
  for (const char* const wrong : {"/files", "=/srv", "/files=", "="}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(optionsOf({"--static", wrong}).exitStatus, 2) << wrong;
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr(std::string("--static: expected a path and a directory, as /files=DIR, got ") + wrong));
  }
}

}  // namespace
}  // namespace duramen
