#include "wire/realtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cassert>

#include "wire/websocket.h"

#include "base/ascii.h"

namespace duramen::wire {
namespace {

namespace json = boost::json;
using Reason = MessageError::Reason;

std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

void appendStart(std::string& out, MessageType type, std::uint16_t status, std::string_view id) {
  appendFrameHeader(out, Opcode::binary, 3 + id.size());
  out += static_cast<char>(type);
  out += static_cast<char>(status >> 8);
  out += static_cast<char>(status & 0xff);
  out += id;
}

void appendBody(std::string& out, MessageType type, std::string_view id, std::string_view payload) {
  appendFrameHeader(out, Opcode::binary, 1 + id.size() + payload.size());
  out += static_cast<char>(type);
  out += id;
  out += payload;
}

std::string streamFrames(MessageType start, std::uint16_t status, std::string_view id, std::string_view payload) {
  assert(id.size() == streamIdBytes);
  const auto after = [&](int by) { return static_cast<MessageType>(static_cast<int>(start) + by); };
  constexpr std::size_t overhead = 3 * (streamIdBytes + 1 + 10) + 2;
  std::string out;
  out.reserve(payload.size() + overhead);
  appendStart(out, start, status, id);
  // An empty stream has no chunk: the stock server sends none either.
  if (!payload.empty()) appendBody(out, after(1), id, payload);
  appendBody(out, after(2), id, {});
  return out;
}

// 8-4-4-4-12 hex digits: what crypto.randomUUID() makes, of any version.
bool isUuid(std::string_view id) {
  if (id.size() != streamIdBytes) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = hexDigit(c) >= 0;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string_view kindName(const json::value* value) {
  if (value == nullptr) return "nothing";
  switch (value->kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "text";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "nothing";
}

std::unexpected<MessageError> fail(Reason reason, std::string text) {
  return std::unexpected(MessageError{reason, std::move(text), std::nullopt});
}

// The members of an action request, each checked; every error names the request if that could be read.
class RequestReader {
 public:
  RequestReader(const json::object& members, const RequestLimits& limits) : members_(members), limits_(limits) {}

  std::expected<ActionRequest, MessageError> read() {
    const json::value* const requestId = members_.if_contains("requestId");
    if (requestId == nullptr || !requestId->is_string())
      return fail(Reason::badMember, wrongKind("requestId", "text", requestId));
    request_.requestId = std::string_view(requestId->get_string());
    if (!isUuid(request_.requestId))
      return fail(Reason::badMember, "an action request's requestId is not a UUID of 36 characters");
    if (auto error = readMembers()) {
      error->requestId = request_.requestId;
      return std::unexpected(std::move(*error));
    }
    return std::move(request_);
  }

 private:
  using Error = std::optional<MessageError>;

  Error readMembers() {
    if (Error error = readText("id", limits_.idBytes, true, request_.id)) return error;
    const json::value* const args = members_.if_contains("args");
    if (args != nullptr && args->is_object())
      return MessageError{Reason::argsLost,
                          "the arguments did not arrive: this client cannot send a FormData, a File or another value "
                          "that React encodes as a form",
                          std::nullopt};
    if (Error error = readText("args", limits_.argsBytes, true, request_.args)) return error;
    std::optional<std::string> url;
    if (Error error = readText("clientUrl", limits_.urlBytes, false, url)) return error;
    request_.clientUrl = std::move(*url);
    return std::nullopt;
  }

  Error readText(std::string_view name, std::size_t most, bool mayBeNull, std::optional<std::string>& out) {
    const json::value* const value = members_.if_contains(name);
    if (mayBeNull && (value == nullptr || value->is_null())) return std::nullopt;
    if (value == nullptr || !value->is_string())
      return MessageError{Reason::badMember, wrongKind(name, mayBeNull ? "text or null" : "text", value), std::nullopt};
    const json::string& content = value->get_string();
    if (content.size() > most)
      return MessageError{
          Reason::tooBig,
          fmt::format("an action request's {} has {} bytes: the limit is {}", name, content.size(), most),
          std::nullopt};
    out.emplace(content.data(), content.size());
    return std::nullopt;
  }

  static std::string wrongKind(std::string_view name, std::string_view expected, const json::value* value) {
    return fmt::format("an action request's {}: expected {}, got {}", name, expected, kindName(value));
  }

  const json::object& members_;
  const RequestLimits& limits_;
  ActionRequest request_;
};

}  // namespace

std::string pageFrames(std::uint16_t status, std::string_view id, std::string_view payload) {
  return streamFrames(MessageType::pageStart, status, id, payload);
}

std::string actionFrames(std::uint16_t status, std::string_view requestId, std::string_view payload) {
  return streamFrames(MessageType::actionStart, status, requestId, payload);
}

std::string actionErrorFrames(std::uint16_t status, std::string_view requestId, std::string_view error) {
  assert(requestId.size() == streamIdBytes);
  std::string out;
  appendStart(out, MessageType::actionStart, status, requestId);
  appendBody(out, MessageType::actionError, requestId, json::serialize(json::object{{"error", error}}));
  return out;
}

std::string streamId(std::uint64_t counter) {
  // Version 4 and variant 1, so that a strict reader takes it for a UUID.
  return fmt::format("{:08x}-{:04x}-4000-8000-{:012x}", counter >> 60, (counter >> 48) & 0xfff,
                     counter & 0xffff'ffff'ffff);
}

std::expected<ActionRequest, MessageError> decodeActionRequest(Bytes message, const RequestLimits& limits) {
  if (message.empty()) return fail(Reason::empty, "empty message");
  const auto type = static_cast<std::uint8_t>(message[0]);
  if (type > static_cast<std::uint8_t>(MessageType::actionError))
    return fail(Reason::unknownType, "unknown type at byte 0");
  if (static_cast<MessageType>(type) != MessageType::actionRequest)
    return fail(Reason::wrongType, fmt::format("a message of type {}, which only a server sends", type));

  // The request, in one piece of memory that goes at the end.
  json::monotonic_resource memory;
  boost::system::error_code error;
  const json::value root = json::parse(text(message.subspan(1)), error, &memory);
  if (error) return fail(Reason::badJson, fmt::format("an action request is not JSON: {}", error.message()));
  if (!root.is_object())
    return fail(Reason::badJson, fmt::format("an action request: expected an object, got {}", kindName(&root)));
  return RequestReader{root.get_object(), limits}.read();
}

std::string encodeActionRequest(const ActionRequest& request) {
  const auto textOrNull = [](const std::optional<std::string>& value) {
    return value ? json::value(*value) : json::value(nullptr);
  };
  const json::object members{{"id", textOrNull(request.id)},
                             {"args", textOrNull(request.args)},
                             {"requestId", request.requestId},
                             {"clientUrl", request.clientUrl}};
  return static_cast<char>(MessageType::actionRequest) + json::serialize(members);
}

std::expected<ServerMessage, MessageError> decodeServerMessage(Bytes message) {
  if (message.empty()) return fail(Reason::empty, "empty message");
  const auto number = static_cast<std::uint8_t>(message[0]);
  if (number > static_cast<std::uint8_t>(MessageType::actionError))
    return fail(Reason::unknownType, "unknown type at byte 0");
  const auto type = static_cast<MessageType>(number);
  if (type == MessageType::actionRequest) return fail(Reason::wrongType, "unknown type at byte 0");

  const bool starts = type == MessageType::pageStart || type == MessageType::actionStart;
  const bool ends = type == MessageType::pageEnd || type == MessageType::actionEnd;
  const std::size_t head = (starts ? 3 : 1) + streamIdBytes;
  const std::string_view all = text(message);
  if (all.size() < head || ((starts || ends) && all.size() > head))
    return fail(Reason::wrongLength, fmt::format("wrong length at byte {}", all.size()));

  ServerMessage out{.type = type, .id = all.substr(head - streamIdBytes, streamIdBytes), .payload = {}, .error = {}};
  if (starts)
    out.status = static_cast<std::uint16_t>(static_cast<std::uint8_t>(all[1]) << 8 | static_cast<std::uint8_t>(all[2]));
  if (type != MessageType::actionError) {
    out.payload = all.substr(head);
    return out;
  }
  boost::system::error_code error;
  const json::value body = json::parse(all.substr(head), error);
  const json::value* const said = !error && body.is_object() ? body.get_object().if_contains("error") : nullptr;
  if (said == nullptr || !said->is_string()) return fail(Reason::badJson, fmt::format("bad JSON at byte {}", head));
  out.error = std::string_view(said->get_string());
  return out;
}

}  // namespace duramen::wire
