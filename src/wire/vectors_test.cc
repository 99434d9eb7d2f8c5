// test/vectors/frames.json, which the TypeScript tests read too.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "wire/realtime.h"
#include "wire/websocket.h"

namespace duramen::wire {
namespace {

namespace json = boost::json;

json::array vectors(std::string_view part) {
  const std::ifstream file{DURAMEN_VECTORS "/frames.json"};
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).at(part).as_array();
}

std::string text(const json::value& vector, std::string_view name) {
  return std::string(std::string_view(vector.at(name).as_string()));
}

std::string fromHex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}
std::string bytesOf(const json::value& vector) { return fromHex(text(vector, "hex")); }

Bytes bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// The messages of a string of frames.
std::vector<std::string> messages(std::string frames) {
  Decoder decoder{Decoder::Role::client, 1 << 20};
  std::span<std::byte> rest = std::as_writable_bytes(std::span(frames));
  std::vector<std::string> out;
  for (;;) {
    const auto message = decoder.next(rest);
    if (!message || !*message) return out;
    EXPECT_EQ((*message)->opcode, Opcode::binary);
    out.emplace_back(reinterpret_cast<const char*>((*message)->payload.data()), (*message)->payload.size());
  }
}

TEST(Vectors, ServerMessagesAreRead) {
  for (const json::value& vector : vectors("serverMessages")) {
    const std::string raw = bytesOf(vector);
    const auto message = decodeServerMessage(bytes(raw));
    ASSERT_TRUE(message) << text(vector, "name") << ": " << message.error().text;
    EXPECT_EQ(static_cast<int>(message->type), vector.at("type").as_int64());
    EXPECT_EQ(message->id, text(vector, "id"));
    if (vector.as_object().contains("status")) {
      EXPECT_EQ(message->status, vector.at("status").as_int64());
    }
    if (vector.as_object().contains("payload")) {
      EXPECT_EQ(message->payload, text(vector, "payload"));
    }
    if (vector.as_object().contains("error")) {
      EXPECT_EQ(message->error, text(vector, "error"));
    }
  }
}

TEST(Vectors, BadServerMessagesAreRefusedInTheSameWords) {
  for (const json::value& vector : vectors("badServerMessages")) {
    const std::string raw = bytesOf(vector);
    const auto message = decodeServerMessage(bytes(raw));
    ASSERT_FALSE(message) << text(vector, "name");
    EXPECT_EQ(message.error().text, text(vector, "error")) << text(vector, "name");
  }
}

// What we write is, message by message, among the vectors.
TEST(Vectors, ServerMessagesAreWritten) {
  const std::string id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const auto named = [](std::string_view name) {
    for (const json::value& vector : vectors("serverMessages"))
      if (text(vector, "name") == name) return bytesOf(vector);
    ADD_FAILURE() << "no vector: " << name;
    return std::string{};
  };
  EXPECT_EQ(messages(pageFrames(200, id, "0:{\"node\":\"$1\"}\n")),
            (std::vector{named("the start of a page"), named("a piece of a page"), named("the end of a page")}));
  EXPECT_EQ(messages(pageFrames(404, id, "")),
            (std::vector{named("the start of a page that was not found"), named("the end of a page")}));
  EXPECT_EQ(
      messages(actionFrames(200, id, "0:{\"node\":\"$1\",\"actionResult\":\"$10000000\"}\n")),
      (std::vector{named("the start of an answer"), named("a piece of an answer"), named("the end of an answer")}));
  EXPECT_EQ(messages(actionErrorFrames(200, id, "no such note: “x”")),
            (std::vector{named("the start of an answer"), named("an action that failed")}));
}

TEST(Vectors, ActionRequestsAreReadAndWritten) {
  for (const json::value& vector : vectors("actionRequests")) {
    const std::string raw = bytesOf(vector);
    const auto request = decodeActionRequest(bytes(raw));
    ASSERT_TRUE(request) << text(vector, "name") << ": " << request.error().text;
    const json::value& expected = vector.at("request");
    const auto member = [&](std::string_view name) {
      return expected.at(name).is_null() ? std::nullopt : std::optional(text(expected, name));
    };
    EXPECT_EQ(*request, (ActionRequest{member("id"), member("args"), *member("requestId"), *member("clientUrl")}));
    EXPECT_EQ(encodeActionRequest(*request), raw);
  }
}

TEST(Vectors, BadActionRequestsAreRefusedAndTheirCallersTold) {
  for (const json::value& vector : vectors("badActionRequests")) {
    const std::string raw = bytesOf(vector);
    const auto request = decodeActionRequest(bytes(raw));
    ASSERT_FALSE(request) << text(vector, "name");
    EXPECT_TRUE(request.error().text.starts_with(text(vector, "error"))) << request.error().text;
    EXPECT_EQ(request.error().requestId.has_value(), vector.at("settles").as_bool()) << text(vector, "name");
  }
}

Decoder decoderFor(const json::value& vector) {
  return Decoder{vector.at("masked").as_bool() ? Decoder::Role::server : Decoder::Role::client, 65536};
}

TEST(Vectors, WebSocketFramesAreReadSplitAnywhere) {
  for (const json::value& vector : vectors("webSocket")) {
    const std::string raw = bytesOf(vector);
    for (std::size_t split = 0; split <= raw.size(); ++split) {
      Decoder decoder = decoderFor(vector);
      std::size_t next = 0;
      for (std::string piece : {raw.substr(0, split), raw.substr(split)}) {
        std::span<std::byte> rest = std::as_writable_bytes(std::span(piece));
        for (;;) {
          const auto message = decoder.next(rest);
          ASSERT_TRUE(message) << text(vector, "name") << ": " << message.error().reason;
          if (!*message) break;
          const json::value& expected = vector.at("messages").as_array().at(next++);
          EXPECT_EQ(static_cast<int>((*message)->opcode), expected.at("opcode").as_int64());
          EXPECT_EQ(std::string(reinterpret_cast<const char*>((*message)->payload.data()), (*message)->payload.size()),
                    fromHex(text(expected, "payload")));
          if (expected.as_object().contains("closeCode")) {
            EXPECT_EQ((*message)->closeCode, expected.at("closeCode").as_int64());
          }
        }
      }
      EXPECT_EQ(next, vector.at("messages").as_array().size()) << text(vector, "name");
    }
  }
}

TEST(Vectors, BadWebSocketFramesAreRefusedSplitAnywhere) {
  for (const json::value& vector : vectors("badWebSocket")) {
    const std::string raw = bytesOf(vector);
    for (std::size_t split = 0; split <= raw.size(); ++split) {
      Decoder decoder = decoderFor(vector);
      int code = 0;
      for (std::string piece : {raw.substr(0, split), raw.substr(split)}) {
        std::span<std::byte> rest = std::as_writable_bytes(std::span(piece));
        while (code == 0) {
          const auto message = decoder.next(rest);
          if (!message) code = message.error().closeCode;
          if (!message || !*message) break;
        }
      }
      EXPECT_EQ(code, vector.at("closeCode").as_int64()) << text(vector, "name") << ", split at " << split;
    }
  }
}

}  // namespace
}  // namespace duramen::wire
