#include "wire/realtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cassert>

#include "wire/request_reader.h"
#include "wire/websocket.h"

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

std::unexpected<MessageError> fail(Reason reason, std::string text) {
  return std::unexpected(MessageError{reason, std::move(text), std::nullopt});
}

}  // namespace

std::string pageFrames(std::uint16_t status, std::string_view id, std::string_view payload) {
  return streamFrames(MessageType::pageStart, status, id, payload);
}

std::string actionFrames(std::uint16_t status, std::string_view requestId, std::string_view payload) {
  return streamFrames(MessageType::actionStart, status, requestId, payload);
}

std::string actionErrorFrames(std::uint16_t status, std::string_view requestId, std::string_view error,
                              std::string_view field) {
  assert(requestId.size() == streamIdBytes);
  std::string out;
  appendStart(out, MessageType::actionStart, status, requestId);
  json::object body{{"error", error}};
  if (!field.empty()) body.emplace("field", field);
  appendBody(out, MessageType::actionError, requestId, json::serialize(body));
  return out;
}

std::string streamId(std::uint64_t counter) {
  // Version 4 and variant 1, so that a strict reader takes it for a UUID.
  return fmt::format("{:08x}-{:04x}-4000-8000-{:012x}", counter >> 60, (counter >> 48) & 0xfff,
                     counter & 0xffff'ffff'ffff);
}

std::expected<ActionRequest, MessageError> decodeActionRequest(Bytes message, const RequestLimits& limits) {
  RequestReader reader{limits};
  reader.feed(message);
  return reader.finish();
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
