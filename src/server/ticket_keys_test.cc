#include "server/ticket_keys.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

using std::chrono::hours, std::chrono::minutes;

class TicketKeysTest : public testing::Test {
 protected:
  TicketKeys::Time now{};
  TicketKeys keys{[this] { return now; }};
};

TEST_F(TicketKeysTest, AreOthersAfterAnHour) {
  const auto first = keys.current();
  now += minutes{59};
  EXPECT_EQ(keys.current().name, first.name);
  now += minutes{1};
  const auto second = keys.current();
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
}

TEST_F(TicketKeysTest, OpenTicketsOfThreeHours) {
  const auto first = keys.current();
  ASSERT_TRUE(keys.find(first.name));
  EXPECT_FALSE(keys.find(first.name)->isOld);
  now += hours{1};
  ASSERT_TRUE(keys.find(first.name));
  EXPECT_TRUE(keys.find(first.name)->isOld);
  EXPECT_EQ(keys.find(first.name)->key.cipher, first.cipher);
  now += minutes{119};
  EXPECT_TRUE(keys.find(first.name));
  now += minutes{1};
  EXPECT_FALSE(keys.find(first.name));
}

TEST_F(TicketKeysTest, OpenNoTicketOfSomebodyElse) {
  keys.current();
  EXPECT_FALSE(keys.find(std::array<unsigned char, 16>{}));
}

}  // namespace
}  // namespace duramen::server
