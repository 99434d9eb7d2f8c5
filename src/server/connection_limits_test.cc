#include "server/connection_limits.h"

#include <gtest/gtest.h>

#include <vector>

namespace duramen::server {
namespace {

std::string why(const std::expected<ConnectionLimits::Place, HttpError>& place) {
  return place ? "taken" : std::to_string(place.error().status) + " " + place.error().text;
}

TEST(ConnectionLimits, BoundAllConnections) {
  ConnectionLimits limits{{.connections = 2}};
  auto one = limits.take("192.0.2.1"), two = limits.take("127.0.0.1");
  EXPECT_EQ(why(limits.take("192.0.2.2")), "503 this server has 2 connections, and takes no more");
  EXPECT_EQ(why(limits.take("::1")), "503 this server has 2 connections, and takes no more");
  one = {};
  EXPECT_EQ(why(limits.take("192.0.2.2")), "taken");
}

TEST(ConnectionLimits, BoundThoseOfAnAddress) {
  ConnectionLimits limits{{.connectionsOfAddress = 2}};
  auto one = limits.take("192.0.2.1"), two = limits.take("192.0.2.1");
  EXPECT_EQ(why(limits.take("192.0.2.1")), "429 your address has 2 connections, and may have no more");
  EXPECT_EQ(why(limits.take("192.0.2.2")), "taken");
  two = {};
  EXPECT_EQ(why(limits.take("192.0.2.1")), "taken");
}

// Whoever has one address of such a network has all of them.
TEST(ConnectionLimits, CountANetworkOfIPv6AsOneAddress) {
  ConnectionLimits limits{{.connectionsOfAddress = 2, .isShared = [](std::string_view each) { return each == "::9"; }}};
  auto one = limits.take("2001:db8:1:2::1"), two = limits.take("2001:db8:1:2:3:4:5:6");
  EXPECT_EQ(why(limits.take("2001:DB8:1:2::7")), "429 your address has 2 connections, and may have no more");
  EXPECT_EQ(why(limits.take("2001:db8:1:3::1")), "taken");
  auto proxied = limits.take("::9");
  EXPECT_EQ(proxied->countFor("2001:db8:1:2::8").error().status, 429);
  two = {};
  EXPECT_TRUE(proxied->countFor("2001:db8:1:2::8"));
}

TEST(ConnectionLimits, CountAnIPv4AddressOnceHoweverItIsWritten) {
  ConnectionLimits limits{{.connectionsOfAddress = 1}};
  auto one = limits.take("192.0.2.1");
  EXPECT_EQ(limits.take("::ffff:192.0.2.1").error().status, 429);
  EXPECT_EQ(why(limits.take("::ffff:192.0.2.2")), "taken");
}

TEST(ConnectionLimits, DoNotBoundLoopbackAndSharedAddresses) {
  ConnectionLimits limits{
      {.connectionsOfAddress = 1, .isShared = [](std::string_view address) { return address == "192.0.2.9"; }}};
  std::vector<ConnectionLimits::Place> places;
  for (const auto* const address : {"127.0.0.1", "::1", "", "192.0.2.9"})
    for (int i = 0; i < 3; ++i) {
      auto place = limits.take(address);
      ASSERT_EQ(why(place), "taken") << address;
      places.push_back(std::move(*place));
    }
}

TEST(ConnectionLimits, BoundThoseOfAClientBehindAProxy) {
  ConnectionLimits limits{
      {.connectionsOfAddress = 1, .isShared = [](std::string_view address) { return address == "192.0.2.9"; }}};
  auto one = limits.take("192.0.2.9"), two = limits.take("192.0.2.9"), three = limits.take("192.0.2.9");
  EXPECT_TRUE(one->countFor("192.0.2.1"));
  EXPECT_EQ(two->countFor("192.0.2.1").error().status, 429);
  EXPECT_TRUE(three->countFor("192.0.2.2"));
  one = {};
  EXPECT_TRUE(two->countFor("192.0.2.1"));
}

TEST(ConnectionLimits, APlaceMayOutliveThem) {
  auto limits = std::make_unique<ConnectionLimits>(ConnectionLimitOptions{});
  auto place = limits->take("192.0.2.1");
  limits.reset();
  EXPECT_EQ(why(place), "taken");
}

}  // namespace
}  // namespace duramen::server
