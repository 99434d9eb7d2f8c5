#include "server/output.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace duramen::server {
namespace {

SharedFrame shared(const std::string& text) { return std::make_shared<const std::string>(text); }

// Takes `most` bytes of what comes next.
std::string take(Output& output, std::size_t most) {
  std::array<iovec, 4> pieces{};
  std::string out;
  const std::size_t count = output.gather(pieces);
  for (std::size_t i = 0; i < count; ++i) out.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  out.resize(std::min(out.size(), most));
  output.sent(out.size());
  return out;
}

TEST(Output, SendsWhatWasAddedInOrderAndThePageLast) {
  Output output;
  output.setPage(shared("page"));
  output.add(shared("one "));
  output.add({}, "two ");
  EXPECT_EQ(output.replyBytes(), 8u);
  EXPECT_EQ(take(output, 3), "one");
  EXPECT_EQ(output.replyBytes(), 5u);
  EXPECT_EQ(take(output, 100), " two page");
  EXPECT_TRUE(output.empty());
}

TEST(Output, ALaterPageTakesThePlaceOfOneThatHasNotBegun) {
  Output output;
  output.setPage(shared("first"));
  output.setPage(shared("second"));
  EXPECT_EQ(take(output, 3), "sec");
  output.setPage(shared("third"));
  output.setPage(shared("fourth"));
  EXPECT_EQ(take(output, 100), "ondfourth");
}

TEST(Output, AnAnswerWaitsForAPageThatHasBegunOnly) {
  Output output;
  output.startPage(shared("page"), 1);
  output.setPage(shared("next"));
  output.add(shared("answer"));
  EXPECT_EQ(output.replyBytes(), 6u);  // the page's rest is no answer
  EXPECT_EQ(take(output, 100), "ageanswernext");
}

// A peer that pings and does not read costs one pong.
TEST(Output, KeepsTheLatestPongOnly) {
  Output output;
  output.setPage(shared("page"));
  for (int i = 0; i < 1000; ++i) output.setPong(shared("pong" + std::to_string(i)));
  EXPECT_EQ(output.waitingBytes(), 11u);
  output.add(shared("answer "));
  EXPECT_EQ(take(output, 9), "answer po");
  EXPECT_EQ(output.replyBytes(), 5u);  // one that has begun cannot be dropped
  output.setPong(shared(" and this"));
  EXPECT_EQ(take(output, 100), "ng999 and thispage");
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(output.replyBytes(), 0u);
  output.setPong(shared("pong"));
  EXPECT_FALSE(output.empty());
  output.dropWaiting();
  EXPECT_TRUE(output.empty());
}

TEST(Output, SendsAPongAndThePageInOnePass) {
  Output output;
  output.setPong(shared("pong "));
  output.setPage(shared("page"));
  EXPECT_EQ(take(output, 7), "pong pa");
  EXPECT_EQ(output.replyBytes(), 0u);
  EXPECT_EQ(take(output, 7), "ge");
}

TEST(Output, CountsWhatEachPieceCosts) {
  Output output;
  for (int i = 0; i < 100; ++i) output.add(shared("1"));
  EXPECT_EQ(output.replyBytes(), 100u);
  EXPECT_GE(output.replyCost(), 100u * 100);
  take(output, 2);
  EXPECT_LT(output.replyCost(), 99u * (1 + Output::pieceOverhead));
  while (!output.empty()) take(output, 100);
  EXPECT_EQ(output.replyCost(), 0u);
}

TEST(Output, DropsWhatHasNotBegun) {
  Output output;
  output.add(shared("one"));
  output.add(shared("two"));
  output.setPage(shared("page"));
  EXPECT_EQ(take(output, 1), "o");
  output.dropWaiting();
  EXPECT_EQ(output.replyBytes(), 2u);
  EXPECT_EQ(take(output, 100), "ne");
  output.add(shared("whole"));
  output.dropWaiting();
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(output.replyBytes(), 0u);
}

TEST(Output, LetsGoOfWhatIsSent) {
  Output output;
  const SharedFrame first = shared("first");
  output.add(first);
  output.add(shared("second"));
  take(output, 6);
  EXPECT_EQ(first.use_count(), 1);
}

TEST(Output, ManyPiecesPassWithoutGrowing) {
  Output output;
  std::string expected;
  std::string got;
  for (int i = 0; i < 2000; ++i) {
    output.add(shared(std::to_string(i)));
    expected += std::to_string(i);
    if (i > 50) got += take(output, 4);
  }
  while (!output.empty()) got += take(output, 7);
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace duramen::server
