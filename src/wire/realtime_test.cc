#include "wire/realtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/request_reader.h"

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

std::expected<ActionRequest, MessageError> decodeInPieces(const std::string& message, std::size_t size) {
  RequestReader reader;
  for (std::size_t at = 0; at < message.size(); at += size)
    reader.feed(bytes(message).subspan(at).first(std::min(size, message.size() - at)));
  return reader.finish();
}

TEST(RequestReader, ReadsAMessageHoweverItIsCut) {
  const std::string message = "\x03{\"x\":[0,{\"id\":\"no\",\"args\":[[]]},\"\\u00e4\"], \"requestId\":\"" +
                              streamId(1) +
                              "\",\"args\":\"[\\\"\\u00e4 "
                              "\\ud83d\\ude00\\\"]\",\"clientUrl\":\"/first\",\"id\":\"save\",\"clientUrl\":\"/\"}  ";
  const ActionRequest expected{.id = "save", .args = "[\"ä 😀\"]", .requestId = streamId(1), .clientUrl = "/"};
  for (std::size_t size = 1; size <= message.size(); ++size) {
    const auto request = decodeInPieces(message, size);
    ASSERT_TRUE(request) << request.error().text << " in pieces of " << size;
    EXPECT_EQ(*request, expected);
  }
}

TEST(RequestReader, RefusesTheSameHoweverItIsCut) {
  const std::string id = "\"requestId\":\"" + streamId(1) + "\",\"clientUrl\":\"/\"";
  for (const std::string& text :
       {std::string{}, std::string{"["}, "{" + id, "{" + id + "}}", "{" + id + ",\"id\":1}",
        "{" + id + ",\"x\":[0,,0]}", "{" + id + ",\"x\":\"\xff\"}", "{" + id + ",\"x\":\"\\ud800\"}",
        "{" + id + ",\"args\":{}}", "{" + id + ",\"id\":\"" + std::string(1025, 'a') + "\"}"}) {
    const std::string message = "\x03" + text;
    const auto whole = decodeActionRequest(bytes(message));
    ASSERT_FALSE(whole) << text;
    for (std::size_t size = 1; size <= 5; ++size)
      EXPECT_EQ(decodeInPieces(message, size).error().text, whole.error().text) << text;
  }
}

// The sender chooses the size of what is ignored, and it costs no memory.
TEST(RequestReader, KeepsFourMembersAndNothingElse) {
  RequestReader reader;
  const std::size_t empty = reader.heldBytes();
  reader.feed(bytes("\x03{\"requestId\":\"" + streamId(1) + "\",\"clientUrl\":\"/\",\"x\":[0"));
  const std::string more = ",[1.5,{\"key\":\"text\"}],\"" + std::string(1000, 'x') + "\"";
  for (int i = 0; i < 4000; ++i) reader.feed(bytes(more));
  EXPECT_LT(reader.heldBytes(), empty + 200);
  reader.feed(bytes("],\"args\":\""));
  for (int i = 0; i < 4000; ++i) reader.feed(bytes(std::string(1000, 'a')));
  EXPECT_LE(reader.heldBytes(), empty + 200 + (4 << 20)) << "twice what is kept of it at most";
  reader.feed(bytes("\"}"));
  EXPECT_EQ(reader.finish().error().text, "an action request's args has 4000000 bytes: the limit is 2097152");
}

TEST(ActionErrorFrames, NameTheFieldThatIsWrongIfThereIsOne) {
  EXPECT_THAT(actionErrorFrames(400, streamId(1), "no"), ::testing::EndsWith(R"({"error":"no"})"));
  EXPECT_THAT(actionErrorFrames(400, streamId(1), "no", "na\"me"),
              ::testing::EndsWith(R"({"error":"no","field":"na\"me"})"));
}

TEST(ActionErrorFrames, EscapeTheText) {
  const std::string frames = actionErrorFrames(500, streamId(1), "a \"quoted\"\nword");
  EXPECT_TRUE(frames.ends_with("{\"error\":\"a \\\"quoted\\\"\\nword\"}")) << frames;
}

}  // namespace
}  // namespace duramen::wire
