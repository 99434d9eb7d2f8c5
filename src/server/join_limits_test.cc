#include "server/join_limits.h"

#include <gtest/gtest.h>

#include <vector>

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
constexpr loop::TimePoint start{};

std::string why(const std::expected<JoinLimits::Place, JoinLimits::Refusal>& place) {
  return place ? "taken" : std::to_string(place.error().status) + " " + place.error().text;
}

TEST(JoinLimits, BoundKeysWithClients) {
  JoinLimits limits{{.keys = 2}};
  auto a = limits.take("::1", "a", start), b = limits.take("::1", "b", start);
  EXPECT_EQ(why(limits.take("::1", "c", start)), "503 this server has 2 keys, and takes no more");
  auto more = limits.take("::1", "a", start);
  EXPECT_EQ(why(more), "taken");
  a = {};
  EXPECT_EQ(why(limits.take("::1", "c", start)), "503 this server has 2 keys, and takes no more");
  more = {};
  EXPECT_EQ(why(limits.take("::1", "c", start)), "taken");
}

TEST(JoinLimits, BoundTheClientsOfAKeyAndOfAnAddress) {
  JoinLimits limits{{.clientsOfKey = 3, .clientsOfAddress = 2}};
  std::vector<JoinLimits::Place> places;
  const auto take = [&](const std::string& address, const std::string& key) {
    auto place = limits.take(address, key, start);
    if (place) places.push_back(std::move(*place));
    return why(place);
  };
  EXPECT_EQ(take("192.0.2.1", "k"), "taken");
  EXPECT_EQ(take("192.0.2.1", "l"), "taken");
  EXPECT_EQ(take("192.0.2.1", "k"), "429 your address has 2 realtime clients, and may have no more");
  EXPECT_EQ(take("192.0.2.2", "k"), "taken");
  EXPECT_EQ(take("127.0.0.1", "k"), "taken");
  EXPECT_EQ(take("127.0.0.1", "k"), "503 this key has 3 clients, and takes no more");
  places.clear();
  EXPECT_EQ(take("192.0.2.1", "k"), "taken");
}

TEST(JoinLimits, CountANetworkOfIPv6AsOneAddress) {
  JoinLimits limits{{.clientsOfAddress = 2}};
  const auto one = limits.take("2001:db8::1", "k", start), two = limits.take("2001:db8::ffff:2", "k", start);
  EXPECT_EQ(why(limits.take("2001:db8:0:0:3::", "k", start)),
            "429 your address has 2 realtime clients, and may have no more");
  EXPECT_EQ(why(limits.take("2001:db8:0:1::1", "k", start)), "taken");
}

TEST(JoinLimits, BoundHowFastAnAddressJoins) {
  JoinLimits limits{{.joinsPerSecond = 10, .joinsAtOnce = 3}};
  const auto join = [&](loop::TimePoint now, const char* address = "192.0.2.1") {
    return why(limits.take(address, "k", now));
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(join(start), "taken");
  EXPECT_EQ(join(start), "429 your address joins more than 10 times a second");
  EXPECT_EQ(join(start, "192.0.2.2"), "taken");
  EXPECT_EQ(join(start, "127.0.0.1"), "taken");
  EXPECT_EQ(join(start + 99ms), "429 your address joins more than 10 times a second");
  EXPECT_EQ(join(start + 100ms), "taken");
  EXPECT_EQ(join(start + 10s), "taken");
}

TEST(JoinLimits, AreNewsOnceAMinuteEach) {
  JoinLimits limits{{.clientsOfKey = 1, .clientsOfAddress = 1}};
  const auto place = limits.take("192.0.2.1", "k", start);
  const auto isNews = [&](const std::string& address, loop::TimePoint now) {
    return limits.take(address, address == "192.0.2.1" ? "l" : "k", now).error().isNews;
  };
  EXPECT_TRUE(isNews("192.0.2.2", start));
  EXPECT_FALSE(isNews("192.0.2.3", start + 59s));
  EXPECT_TRUE(isNews("192.0.2.1", start + 59s));  // another limit
  EXPECT_TRUE(isNews("192.0.2.2", start + 60s));
  EXPECT_FALSE(isNews("192.0.2.2", start + 61s));
}

TEST(JoinLimits, ForgetAddresses) {
  JoinLimits limits{{.joinsPerSecond = 1, .joinsAtOnce = 1}};
  for (int i = 0; i < 100'000; ++i) {
    const std::string address =
        "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255);
    ASSERT_EQ(why(limits.take(address, "k", start + std::chrono::seconds{i})), "taken");
  }
}

}  // namespace
}  // namespace duramen::server
