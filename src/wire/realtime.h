#pragma once
// The messages of the realtime socket, RedwoodSDK's byte for byte: one type byte, then a body that the type decides
// (docs/protocol.md). What a server sends is made ready for any number of sockets: whole WebSocket frames in one
// string.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duramen::wire {

using Bytes = std::span<const std::byte>;

enum class MessageType : std::uint8_t {
  pageStart = 0,
  pageChunk = 1,
  pageEnd = 2,
  actionRequest = 3,
  actionStart = 4,
  actionChunk = 5,
  actionEnd = 6,
  actionError = 7,
};

inline constexpr std::size_t streamIdBytes = 36;

// A page that is pushed: START, CHUNK and END frames of the stream `id`. REQUIRES: an id of 36 bytes.
std::string pageFrames(std::uint16_t status, std::string_view id, std::string_view payload);
// An action's answer, in the same shape.
std::string actionFrames(std::uint16_t status, std::string_view requestId, std::string_view payload);
// An action that failed: START with the status, then ERROR, since the stock client settles on no ERROR without START.
// `field`: of the form, that is wrong; empty if none is named, which gives RedwoodSDK's bytes.
std::string actionErrorFrames(std::uint16_t status, std::string_view requestId, std::string_view error,
                              std::string_view field = {});

// An error of this id is of no request: with status 503 it says that the server cannot tell just now who the client is.
// The stock client passes it over.
inline constexpr std::string_view noRequest = "00000000-0000-0000-0000-000000000000";

// The id of the counter's stream: 36 bytes in the shape of a UUID, "00000000-0000-4000-8000-00000000002a".
std::string streamId(std::uint64_t counter);

// What a browser asks for.
struct ActionRequest {
  std::optional<std::string> id;    // the server reference's; none: render clientUrl (a navigation)
  std::optional<std::string> args;  // what React's encodeReply gave, if that was text
  std::string requestId;            // 36 characters
  std::string clientUrl;            // as sent: nothing in it is trusted

  friend bool operator==(const ActionRequest&, const ActionRequest&) = default;
};

struct RequestLimits {
  std::size_t idBytes = 1024;
  std::size_t argsBytes = 2 * 1024 * 1024;
  std::size_t urlBytes = 8 * 1024;
};

// Why a message is not one of ours.
struct MessageError {
  enum class Reason { empty, unknownType, wrongType, wrongLength, badJson, badMember, tooBig, argsLost };
  Reason reason = Reason::empty;
  std::string text;                      // a sentence for logs, and for the caller
  std::optional<std::string> requestId;  // whom to tell: of an action request, if it could be read
};

// Decodes a whole message of a browser: see request_reader.h.
std::expected<ActionRequest, MessageError> decodeActionRequest(Bytes message, const RequestLimits& limits = {});

// The other end, for TestApp, benches and tests.

// A message, without a frame.
std::string encodeActionRequest(const ActionRequest& request);

// A server's message. The views point into the message.
struct ServerMessage {
  MessageType type = MessageType::pageStart;
  std::string_view id;
  std::uint16_t status = 0;  // of a START
  std::string_view payload;  // of a CHUNK
  std::string error;         // of an ERROR
};
std::expected<ServerMessage, MessageError> decodeServerMessage(Bytes message);

}  // namespace duramen::wire
