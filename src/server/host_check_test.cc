#include "server/host_check.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

HostCheck checkOf(const std::vector<std::string>& allowed, const std::vector<std::string>& listen = {}) {
  auto check = HostCheck::of(listen, allowed);
  EXPECT_TRUE(check) << check.error();
  return *check;
}

TEST(HostCheck, AnswersToAddressesAndLocalhost) {
  const HostCheck check = checkOf({});
  for (const char* const host : {"127.0.0.1", "127.0.0.1:8787", "192.168.1.20:80", "[::1]", "[::1]:8787", "[fe80::1]:1",
                                 "localhost", "LOCALHOST:8787", "localhost.", "notes.localhost:1", ""})
    EXPECT_TRUE(check.allows(host)) << host;
}

TEST(HostCheck, AnswersToNoOtherName) {
  const HostCheck check = checkOf({});
  for (const char* const host :
       {"evil.example", "evil.example:8787", "localhost.evil.example", "evillocalhost", "127.0.0.1.evil.example",
        "127.0.0.1@evil.example", "[::1].evil.example", "[evil]", "[::1", "1", "0x7f000001", "2130706433", "127.1",
        "a b", ".", ":80", ".localhost.evil", "127.0.0.1:80:80"})
    EXPECT_FALSE(check.allows(host)) << host;
}

TEST(HostCheck, AnswersToTheNameThatItListensOn) {
  const HostCheck check = checkOf({}, {"robot.local:8787", "0.0.0.0:80"});
  EXPECT_TRUE(check.allows("robot.local"));
  EXPECT_TRUE(check.allows("Robot.Local:8787"));
  EXPECT_FALSE(check.allows("other.local"));
}

TEST(HostCheck, AnswersToTheNamesThatTheOperatorAllows) {
  const HostCheck check = checkOf({"Example.com", "*.lan"});
  EXPECT_TRUE(check.allows("example.com:443"));
  EXPECT_TRUE(check.allows("example.com."));
  EXPECT_FALSE(check.allows("www.example.com"));
  EXPECT_TRUE(check.allows("robot.lan"));
  EXPECT_TRUE(check.allows("a.robot.lan"));
  EXPECT_FALSE(check.allows("lan"));
  EXPECT_FALSE(check.allows("evillan"));
  EXPECT_TRUE(checkOf({"*"}).allows("anything.example"));
}

TEST(HostCheck, SaysWhichNameItCannotAllow) {
  EXPECT_EQ(HostCheck::of({}, {"http://a"}).error(),
            "cannot allow the host \"http://a\": expected a name such as example.com, *.example.com, or * for any");
  EXPECT_FALSE(HostCheck::of({}, {""}));
  EXPECT_FALSE(HostCheck::of({}, {"a:80"}));
  EXPECT_FALSE(HostCheck::of({}, {"*."}));
}

}  // namespace
}  // namespace duramen::server
