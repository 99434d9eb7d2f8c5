#include "server/client_address.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

TEST(ClientAddress, IsTheSameHoweverItIsWritten) {
  EXPECT_EQ(readAddress("2001:db8::1"), readAddress("2001:0DB8:0:0:0:0:0:1"));
  EXPECT_EQ(readAddress("192.0.2.1"), readAddress("::ffff:192.0.2.1"));
  EXPECT_EQ(readAddress("192.0.2.1"), readAddress("::ffff:c000:201"));
  EXPECT_NE(readAddress("192.0.2.1"), readAddress("::192.0.2.1"));
  for (const char* none : {"", "unknown", "192.0.2", "192.0.2.1:80", "[::1]", "_hidden"})
    EXPECT_FALSE(readAddress(none)) << none;
}

TEST(ClientAddress, AnIPv6NetworkOf64BitsIsOneCustomer) {
  EXPECT_EQ(customerOf("2001:db8:1:2::1"), customerOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(customerOf("2001:db8:1:2::1"), customerOf("2001:db8:1:3::1"));
  EXPECT_NE(customerOf("192.0.2.1"), customerOf("192.0.2.2"));
  EXPECT_EQ(customerOf("192.0.2.1"), customerOf("::ffff:192.0.2.1"));
  EXPECT_NE(customerOf("::ffff:192.0.2.1"), customerOf("::ffff:192.0.2.2"));
  EXPECT_EQ(customerOf("unknown"), customerOf("nobody knows"));
}

TEST(ClientAddress, KnowsThisMachine) {
  for (const char* own : {"", "127.0.0.1", "127.9.8.7", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"})
    EXPECT_TRUE(isLoopback(own)) << own;
  for (const char* other : {"128.0.0.1", "127.example", "::2", "::127.0.0.1", "2001:db8::1", "unknown"})
    EXPECT_FALSE(isLoopback(other)) << other;
}

}  // namespace
}  // namespace duramen::server
