#include "wire/request_reader.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <limits>
#include <optional>

#include "base/ascii.h"

namespace duramen::wire {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using Reason = MessageError::Reason;

// What a member was found to be.
enum class Kind : std::uint8_t { missing, null, boolean, number, text, array, object };

std::string_view nameOf(Kind kind) {
  switch (kind) {
    case Kind::missing:
      return "nothing";
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::number:
      return "a number";
    case Kind::text:
      return "text";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "nothing";
}

struct Member {
  std::string_view name;
  std::size_t most = 0;  // bytes that are kept of it
  Kind kind = Kind::missing;
  std::string text = {};
  std::size_t bytes = 0;  // of the text, also of what is not kept
};

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

MessageError error(Reason reason, std::string text) { return {reason, std::move(text), std::nullopt}; }

// Told by the JSON parser of each value. Of two members of one name the last counts, as in JavaScript.
class Members {
 public:
  explicit Members(const RequestLimits& limits)
      : members_{{{.name = "id", .most = limits.idBytes},
                  {.name = "args", .most = limits.argsBytes},
                  {.name = "requestId", .most = streamIdBytes},
                  {.name = "clientUrl", .most = limits.urlBytes}}} {}

  std::expected<ActionRequest, MessageError> take();
  std::size_t heldBytes() const {
    std::size_t bytes = 0;
    for (const Member& each : members_)
      if (each.text.capacity() > std::string{}.capacity()) bytes += each.text.capacity();
    return bytes;
  }

  // As boost::json::basic_parser calls them. The limits of the parser are the message's own.
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return begin(Kind::object); }
  bool on_object_end(std::size_t, error_code&) { return end(); }
  bool on_array_begin(error_code&) { return begin(Kind::array); }
  bool on_array_end(std::size_t, error_code&) { return end(); }
  bool on_key_part(std::string_view part, std::size_t, error_code&) { return key(part, false); }
  bool on_key(std::string_view part, std::size_t, error_code&) { return key(part, true); }
  bool on_string_part(std::string_view part, std::size_t, error_code&) { return text(part, false); }
  bool on_string(std::string_view part, std::size_t, error_code&) { return text(part, true); }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, error_code&) { return scalar(Kind::number); }
  bool on_uint64(std::uint64_t, std::string_view, error_code&) { return scalar(Kind::number); }
  bool on_double(double, std::string_view, error_code&) { return scalar(Kind::number); }
  bool on_bool(bool, error_code&) { return scalar(Kind::boolean); }
  bool on_null(error_code&) { return scalar(Kind::null); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  static constexpr std::size_t longestName = 16;

  bool begin(Kind kind) {
    note(kind);
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }
  bool scalar(Kind kind) {
    note(kind);
    return true;
  }
  // A value begins, and it is a member's of the message or the message itself.
  void note(Kind kind) {
    if (depth_ == 0) root_ = kind;
    if (depth_ != 1 || !current_) return;
    current_->kind = kind;
    if (kind == Kind::text) return;
    current_->text = {};
    current_ = nullptr;
  }
  bool key(std::string_view part, bool whole) {
    if (depth_ != 1) return true;
    // A longer one is none of ours, whatever its rest is.
    nameBytes_ = std::min(nameBytes_ + part.copy(name_.data() + nameBytes_, longestName - nameBytes_), longestName);
    if (!whole) return true;
    const std::string_view name{name_.data(), std::exchange(nameBytes_, 0)};
    current_ = nullptr;
    for (Member& each : members_)
      if (each.name == name) current_ = &each;
    return true;
  }
  bool text(std::string_view part, bool whole) {
    if (!inText_) {
      note(Kind::text);
      if (depth_ == 1 && current_) {
        current_->text.clear();
        current_->bytes = 0;
      }
    }
    inText_ = !whole;
    if (depth_ == 1 && current_) {
      current_->bytes += part.size();
      current_->text.append(part.substr(0, current_->most - std::min(current_->most, current_->text.size())));
      if (whole) current_ = nullptr;
    }
    return true;
  }

  // What is wrong with the member, if it is not text of its length.
  static std::optional<MessageError> fault(const Member& member, bool mayBeNull) {
    if (mayBeNull && (member.kind == Kind::missing || member.kind == Kind::null)) return std::nullopt;
    if (member.kind != Kind::text)
      return error(Reason::badMember, fmt::format("an action request's {}: expected {}, got {}", member.name,
                                                  mayBeNull ? "text or null" : "text", nameOf(member.kind)));
    if (member.bytes > member.most)
      return error(Reason::tooBig, fmt::format("an action request's {} has {} bytes: the limit is {}", member.name,
                                               member.bytes, member.most));
    return std::nullopt;
  }
  static std::optional<std::string> value(Member& member) {
    if (member.kind != Kind::text) return std::nullopt;
    return std::move(member.text);
  }
  std::optional<MessageError> faultOfMembers() const {
    const auto& [id, args, requestId, clientUrl] = members_;
    if (auto wrong = fault(id, true)) return wrong;
    if (args.kind == Kind::object)
      return error(Reason::argsLost,
                   "the arguments did not arrive: this client cannot send a FormData, a File or another value that "
                   "React encodes as a form");
    if (auto wrong = fault(args, true)) return wrong;
    return fault(clientUrl, false);
  }

  std::array<Member, 4> members_;
  Kind root_ = Kind::missing;
  std::size_t depth_ = 0;
  Member* current_ = nullptr;  // whose value comes next, or comes now
  bool inText_ = false;        // between the parts of one text
  std::array<char, longestName> name_{};
  std::size_t nameBytes_ = 0;
};

// Every error names the request if that could be read.
std::expected<ActionRequest, MessageError> Members::take() {
  if (root_ != Kind::object)
    return std::unexpected(
        error(Reason::badJson, fmt::format("an action request: expected an object, got {}", nameOf(root_))));
  auto& [id, args, requestId, clientUrl] = members_;
  if (requestId.kind != Kind::text)
    return std::unexpected(error(Reason::badMember, fmt::format("an action request's requestId: expected text, got {}",
                                                                nameOf(requestId.kind))));
  if (requestId.bytes != streamIdBytes || !isUuid(requestId.text))
    return std::unexpected(error(Reason::badMember, "an action request's requestId is not a UUID of 36 characters"));
  if (auto wrong = faultOfMembers()) {
    wrong->requestId = std::move(requestId.text);
    return std::unexpected(std::move(*wrong));
  }
  return ActionRequest{.id = value(id),
                       .args = value(args),
                       .requestId = std::move(requestId.text),
                       .clientUrl = std::move(clientUrl.text)};
}

}  // namespace

struct RequestReader::Parser {
  explicit Parser(const RequestLimits& limits) : json(json::parse_options{}, limits) {}
  json::basic_parser<Members> json;
  std::optional<MessageError> failed;
  bool typed = false;  // the first byte has come
};

RequestReader::RequestReader(const RequestLimits& limits) : parser_(std::make_unique<Parser>(limits)) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

void RequestReader::feed(Bytes piece) {
  Parser& parser = *parser_;
  if (parser.failed || piece.empty()) return;
  if (!std::exchange(parser.typed, true)) {
    const auto type = static_cast<std::uint8_t>(piece[0]);
    if (type > static_cast<std::uint8_t>(MessageType::actionError))
      parser.failed = error(Reason::unknownType, "unknown type at byte 0");
    else if (static_cast<MessageType>(type) != MessageType::actionRequest)
      parser.failed = error(Reason::wrongType, fmt::format("a message of type {}, which only a server sends", type));
    if (parser.failed) return;
    piece = piece.subspan(1);
  }
  error_code failure;
  const auto* const text = reinterpret_cast<const char*>(piece.data());
  const std::size_t used = parser.json.write_some(true, text, piece.size(), failure);
  if (!failure && used < piece.size()) failure = json::error::extra_data;
  if (failure)
    parser.failed = error(Reason::badJson, fmt::format("an action request is not JSON: {}", failure.message()));
}

std::expected<ActionRequest, MessageError> RequestReader::finish() {
  Parser& parser = *parser_;
  if (!parser.typed) return std::unexpected(error(Reason::empty, "empty message"));
  if (!parser.failed) {
    error_code failure;
    parser.json.write_some(false, "", 0, failure);
    if (failure)
      parser.failed = error(Reason::badJson, fmt::format("an action request is not JSON: {}", failure.message()));
  }
  if (parser.failed) return std::unexpected(std::move(*parser.failed));
  return parser.json.handler().take();
}

std::size_t RequestReader::heldBytes() const { return sizeof(Parser) + parser_->json.handler().heldBytes(); }

}  // namespace duramen::wire
