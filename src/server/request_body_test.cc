#include "server/request_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "base/testing/temporary_directory.h"

namespace duramen::server {
namespace {

using testing::HasSubstr;

// Files that grow beyond this fail with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

class Bodies : public testing::Test {
 protected:
  RequestBody upload(std::size_t most = 1000) const { return {store, most, true}; }

  const TemporaryDirectory folder;
  std::string logged;
  const BodyStore store{{.uploadMemory = 10, .memory = 100, .disk = 1000, .directory = folder.path()},
                        Log{[this](LogLevel, std::string_view text) { logged += text; }}};
};

TEST_F(Bodies, AreInMemoryWhileTheyAreShort) {
  RequestBody body = upload();
  EXPECT_TRUE(body.append("0123"));
  EXPECT_TRUE(body.append("456789"));
  EXPECT_EQ(body.size(), 10U);
  EXPECT_GE(store.memory.taken(), 10U);
  EXPECT_EQ(store.disk.taken(), 0U);
  EXPECT_EQ(body.take().value(), "0123456789");
}

TEST_F(Bodies, LieOnTheDiskWhenTheyAreUploadsAndLong) {
  RequestBody body = upload();
  EXPECT_TRUE(body.append("0123456789"));
  EXPECT_TRUE(body.append("abc"));
  EXPECT_TRUE(body.append("def"));
  EXPECT_EQ(store.memory.taken(), 0U);
  EXPECT_EQ(store.disk.taken(), 16U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(body.take().value(), "0123456789abcdef");
}

TEST_F(Bodies, AreInMemoryWhenTheyAreNoUploads) {
  RequestBody body{store, 50, false};
  EXPECT_TRUE(body.append(std::string(50, 'a')));
  EXPECT_EQ(store.disk.taken(), 0U);
  EXPECT_EQ(store.memory.taken(), 50U);
}

TEST_F(Bodies, TakeNoMoreMemoryThanTheyMayHave) {
  RequestBody body{store, 60, false};
  EXPECT_TRUE(body.append(std::string(40, 'a')));
  EXPECT_TRUE(body.append(std::string(1, 'a')));
  EXPECT_EQ(store.memory.taken(), 60U);
}

TEST_F(Bodies, HaveTheirPlaceUntilTheLastPartOfThemHasGone) {
  SharedBytes part;
  {
    RequestBody body = upload();
    EXPECT_TRUE(body.append("0123456789abcdef"));
    const SharedBytes whole = body.take().value();
    part = whole.part(whole.view().substr(12));
  }
  EXPECT_EQ(part, "cdef");
  EXPECT_EQ(store.disk.taken(), 16U);
  part = {};
  EXPECT_EQ(store.disk.taken(), 0U);
}

TEST_F(Bodies, OutliveTheStore) {
  SharedBytes bytes;
  {
    const BodyStore other{{.uploadMemory = 1, .directory = folder.path()}};
    RequestBody body{other, 10, true};
    EXPECT_TRUE(body.append("abc"));
    bytes = body.take().value();
  }
  EXPECT_EQ(bytes, "abc");
}

TEST_F(Bodies, WaitNowhereWhenThereIsNoRoom) {
  RequestBody one{store, 80, false}, other{store, 30, false};
  EXPECT_TRUE(one.expectRoom());
  EXPECT_TRUE(other.expectRoom());
  EXPECT_TRUE(one.append(std::string(80, 'a')));
  EXPECT_EQ(other.expectRoom().error().status, 503);
  EXPECT_TRUE(other.append(std::string(20, 'a')));
  const auto refused = other.append(std::string(10, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503);
  EXPECT_THAT(refused.error().text, HasSubstr("100 bytes of memory"));
}

TEST_F(Bodies, TakeNoMoreOfTheDiskThanThereIs) {
  EXPECT_EQ(upload(1001).expectRoom().error().status, 503);
  RequestBody one = upload(), other = upload();
  EXPECT_TRUE(one.append(std::string(900, 'a')));
  EXPECT_EQ(other.expectRoom().error().status, 503);
  const auto refused = other.append(std::string(101, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503);
  EXPECT_THAT(refused.error().text, HasSubstr("1000 bytes of disk"));
}

TEST_F(Bodies, AreRefusedWhenTheDiskTakesNoMore) {
  const FileSizeLimit limit{100};
  RequestBody body = upload();
  EXPECT_TRUE(body.append(std::string(90, 'a')));
  const auto refused = body.append(std::string(90, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 507);
  EXPECT_EQ(logged, "an upload cannot be kept in " + folder.path().string() + ": File too large");
}

TEST_F(Bodies, AreRefusedWhenTheirDirectoryHasGone) {
  std::filesystem::remove(folder.path());
  RequestBody body = upload();
  EXPECT_TRUE(body.append("short"));
  EXPECT_EQ(body.append(" and long").error().status, 507);
  EXPECT_THAT(logged, HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace duramen::server
