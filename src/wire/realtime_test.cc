#include "wire/realtime.h"

#include <gtest/gtest.h>

namespace duramen::wire {
namespace {

Bytes bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

ActionRequest request() { return {.id = "saveNote", .args = "[]", .requestId = streamId(7), .clientUrl = "/note/n1"}; }

TEST(StreamId, LooksLikeAUuidAndIsNeverTwiceTheSame) {
  EXPECT_EQ(streamId(42), "00000000-0000-4000-8000-00000000002a");
  EXPECT_EQ(streamId(~std::uint64_t{0}), "0000000f-0fff-4000-8000-ffffffffffff");
  EXPECT_NE(streamId(std::uint64_t{1} << 48), streamId(std::uint64_t{1} << 60));
}

TEST(DecodeActionRequest, RoundTrips) {
  for (const ActionRequest& each :
       {request(), ActionRequest{.id = {}, .args = {}, .requestId = streamId(1), .clientUrl = ""}})
    EXPECT_EQ(decodeActionRequest(bytes(encodeActionRequest(each))).value(), each);
}

TEST(DecodeActionRequest, TakesMissingMembersForNull) {
  const std::string message = "\x03{\"requestId\":\"" + streamId(1) + "\",\"clientUrl\":\"/\",\"more\":[1,{}]}";
  EXPECT_EQ(decodeActionRequest(bytes(message)).value(),
            (ActionRequest{.id = {}, .args = {}, .requestId = streamId(1), .clientUrl = "/"}));
}

// U18: a stated limit, a clear error, and the caller hears it.
TEST(DecodeActionRequest, U18RefusesWhatIsAboveALimitWithItsNumbers) {
  ActionRequest large = request();
  large.args = std::string(2 * 1024 * 1024 + 1, 'a');
  const std::string message = encodeActionRequest(large);
  const auto refused = decodeActionRequest(bytes(message));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, MessageError::Reason::tooBig);
  EXPECT_EQ(refused.error().text, "an action request's args has 2097153 bytes: the limit is 2097152");
  EXPECT_EQ(refused.error().requestId, large.requestId);
  EXPECT_TRUE(decodeActionRequest(bytes(message), {.argsBytes = 3 << 20}));
}

// U7 is not ours to mend on the stock wire: the arguments are gone. But nobody acts on their absence.
TEST(DecodeActionRequest, SaysThatArgumentsWereLost) {
  const std::string message =
      "\x03{\"id\":\"a\",\"args\":{},\"requestId\":\"" + streamId(1) + "\",\"clientUrl\":\"/\"}";
  const auto refused = decodeActionRequest(bytes(message));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, MessageError::Reason::argsLost);
}

TEST(DecodeActionRequest, RefusesNestingWithoutEnd) {
  const std::string message = "\x03" + std::string(100'000, '[');
  EXPECT_EQ(decodeActionRequest(bytes(message)).error().reason, MessageError::Reason::badJson);
}

TEST(ActionErrorFrames, EscapeTheText) {
  const std::string frames = actionErrorFrames(500, streamId(1), "a \"quoted\"\nword");
  EXPECT_TRUE(frames.ends_with("{\"error\":\"a \\\"quoted\\\"\\nword\"}")) << frames;
}

}  // namespace
}  // namespace duramen::wire
