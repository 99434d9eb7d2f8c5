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
  EXPECT_FALSE(options.staticFiles[0].immutable);
  const ServerOptions both = optionsOf({"--static-immutable", "/a=dist/assets", "--static", "/b=dist"});
  ASSERT_EQ(both.staticFiles.size(), 2U);
  EXPECT_EQ(both.staticFiles[1].path, "/a");
  EXPECT_EQ(both.staticFiles[1].directory, "dist/assets");
  EXPECT_TRUE(both.staticFiles[1].immutable);
  EXPECT_FALSE(both.staticFiles[0].immutable);
  EXPECT_EQ(optionsOf({"--static-immutable", "/a"}).exitStatus, 2);
}

TEST(FromArgs, SaysHowADirectoryOfFilesIsGiven) {
  for (const char* const wrong : {"/files", "=/srv", "/files=", "="}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(optionsOf({"--static", wrong}).exitStatus, 2) << wrong;
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr(std::string("--static: expected a path and a directory, as /files=DIR, got ") + wrong));
  }
}

TEST(FromArgs, SaysWhatALimitIs) {
  for (const char* const wrong : {"0", "-1", "many"}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(optionsOf({"--max-connections", wrong}).exitStatus, 2) << wrong;
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr(std::string("--max-connections: expected a number above 0, got ") + wrong));
  }
}

using namespace std::chrono_literals;

TEST(ServerOptions, HaveALimitOfRequestsForEachFlag) {
  const ServerOptions options = optionsOf({"--max-url-bytes",
                                           "1",
                                           "--max-header-bytes",
                                           "2",
                                           "--max-header-count",
                                           "3",
                                           "--max-body-bytes",
                                           "4",
                                           "--max-header-time",
                                           "5",
                                           "--max-body-time",
                                           "0.5",
                                           "--min-body-rate",
                                           "7",
                                           "--max-idle-time",
                                           "8",
                                           "--max-requests-of-connection",
                                           "9",
                                           "--max-connections",
                                           "10",
                                           "--max-frame-rate",
                                           "18",
                                           "--max-connections-of-address",
                                           "11",
                                           "--max-views-of-key",
                                           "16",
                                           "--max-view-bytes-of-key",
                                           "17",
                                           "--max-client-memory",
                                           "19",
                                           "--max-upload-bytes",
                                           "12",
                                           "--max-upload-memory",
                                           "13",
                                           "--max-bodies-memory",
                                           "14",
                                           "--max-uploads-disk",
                                           "15"});
  EXPECT_FALSE(options.exitStatus);
  EXPECT_EQ(options.maxUrlBytes, 1U);
  EXPECT_EQ(options.maxHeaderBytes, 2U);
  EXPECT_EQ(options.maxHeaderCount, 3U);
  EXPECT_EQ(options.maxBodyBytes, 4U);
  EXPECT_EQ(options.maxHeaderTime, 5s);
  EXPECT_EQ(options.maxBodyTime, 500ms);
  EXPECT_EQ(options.minBodyRate, 7U);
  EXPECT_EQ(options.maxIdleTime, 8s);
  EXPECT_EQ(options.maxRequestsOfConnection, 9U);
  EXPECT_EQ(options.maxConnections, 10U);
  EXPECT_EQ(options.maxConnectionsOfAddress, 11U);
  EXPECT_EQ(options.maxViewsOfKey, 16U);
  EXPECT_EQ(options.maxViewBytesOfKey, 17U);
  EXPECT_EQ(options.maxUploadBytes, 12U);
  EXPECT_EQ(options.maxUploadMemory, 13U);
  EXPECT_EQ(options.maxBodiesMemory, 14U);
  EXPECT_EQ(options.maxUploadsDisk, 15U);
  EXPECT_EQ(options.maxFrameRate, 18U);
  EXPECT_EQ(options.maxClientMemory, 19U);
}

TEST(ServerOptions, SayHowLongAnAnswerAboutAClientCounts) {
  const ServerOptions options = optionsOf({"--session-interval", "2.5", "--join-lifetime", "30"}), defaults;
  EXPECT_EQ(options.sessionInterval, 2500ms);
  EXPECT_EQ(options.joinLifetime, 30s);
  EXPECT_EQ(defaults.sessionInterval, 10s);
  EXPECT_EQ(defaults.joinLifetime, 60s);
}

TEST(ServerOptions, WithoutFlagsAreTheDefaults) {
  const ServerOptions options = optionsOf({}), defaults;
  EXPECT_EQ(options.maxHeaderTime, defaults.maxHeaderTime);
  EXPECT_EQ(options.maxBodyBytes, defaults.maxBodyBytes);
}

TEST(ServerOptions, RefuseALimitThatIsNone) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(optionsOf({"--max-body-bytes", "0"}).exitStatus, 2);
  EXPECT_EQ(optionsOf({"--max-idle-time", "-1"}).exitStatus, 2);
  EXPECT_EQ(optionsOf({"--max-header-time", "soon"}).exitStatus, 2);
  EXPECT_NE(testing::internal::GetCapturedStderr(), "");
}

TEST(ServerOptions, HelpNamesEachLimitWithItsDefault) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(optionsOf({"--help"}).exitStatus, 0);
  const std::string help = testing::internal::GetCapturedStdout();
  const std::vector<std::pair<std::string, std::string>> limits{{"--max-url-bytes ", "=8192\n"},
                                                                {"--max-header-time ", "=10\n"},
                                                                {"--max-body-time ", "=120\n"},
                                                                {"--max-upload-bytes ", "=67108864\n"},
                                                                {"--max-connections-of-address ", "=512\n"},
                                                                {"--max-frame-rate ", "=250\n"}};
  for (const auto& [name, value] : limits) {
    const std::size_t at = help.find(name);
    ASSERT_NE(at, help.npos) << name;
    EXPECT_TRUE(help.substr(at, help.find('\n', at) + 1 - at).ends_with(value)) << help.substr(at, 100);
  }
}

}  // namespace
}  // namespace duramen
