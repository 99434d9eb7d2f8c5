#include "server/access_entry.h"

#include <fmt/format.h>

#include "duramen/js_types.h"

namespace duramen::server {
namespace {

constexpr std::size_t methodBytes = 32;
constexpr std::size_t pathBytes = 1024;
constexpr std::size_t userAgentBytes = 256;

std::string bounded(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return std::string(text.substr(0, most)) + "...";
}

std::string escaped(std::string_view text, std::string_view escape) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      out.append(escape) += digits[byte >> 4];
      out += digits[byte & 0xf];
    }
  }
  return out;
}

std::string orDash(std::string text) { return text.empty() ? "-" : text; }

std::string timestamp(std::chrono::system_clock::time_point time) {
  return toIsoString(std::chrono::floor<std::chrono::milliseconds>(time));
}

std::string_view name(AccessEntry::Kind kind) {
  switch (kind) {
    case AccessEntry::Kind::request:
      return "request";
    case AccessEntry::Kind::upgrade:
      return "upgrade";
    case AccessEntry::Kind::close:
      return "close";
  }
  return "request";
}

double milliseconds(std::chrono::microseconds duration) { return static_cast<double>(duration.count()) / 1000; }

std::string asText(const AccessEntry& entry) {
  const auto shown = [](std::string_view text) { return escaped(text, "\\x"); };
  const bool closes = entry.kind == AccessEntry::Kind::close;
  std::string line =
      fmt::format(R"({} - - [{}] "{} {}{}" {} {} "-" "{}" {:.3f})", orDash(shown(entry.client)), timestamp(entry.time),
                  closes ? "CLOSE" : orDash(shown(entry.method)), orDash(shown(entry.path)), entry.hasQuery ? "?" : "",
                  entry.status == 0 ? "-" : std::to_string(entry.status), entry.sentBytes,
                  orDash(shown(entry.userAgent)), milliseconds(entry.duration));
  if (closes)
    line += fmt::format(" messages={}/{} received={}", entry.receivedMessages, entry.sentMessages, entry.receivedBytes);
  if (entry.broken) line += " broken";
  return line;
}

std::string asJson(const AccessEntry& entry) {
  const auto shown = [](std::string_view text) { return escaped(text, "\\u00"); };
  std::string line = fmt::format(R"({{"time":"{}","event":"{}","client":"{}","method":"{}","path":"{}","query":{})",
                                 timestamp(entry.time), name(entry.kind), shown(entry.client), shown(entry.method),
                                 shown(entry.path), entry.hasQuery);
  const bool closes = entry.kind == AccessEntry::Kind::close;
  if (entry.status != 0) line += fmt::format(R"(,"{}":{})", closes ? "code" : "status", entry.status);
  if (closes)
    line += fmt::format(R"(,"receivedMessages":{},"sentMessages":{},"receivedBytes":{})", entry.receivedMessages,
                        entry.sentMessages, entry.receivedBytes);
  line += fmt::format(R"(,"sentBytes":{},"ms":{:.3f},"userAgent":"{}")", entry.sentBytes, milliseconds(entry.duration),
                      shown(entry.userAgent));
  if (entry.broken) line += R"(,"broken":true)";
  return line += '}';
}

}  // namespace

AccessEntry AccessEntry::of(const Request& request) {
  AccessEntry entry;
  entry.client = request.address;
  entry.method = bounded(request.method, methodBytes);
  entry.path = bounded(request.path, pathBytes);
  entry.hasQuery = !request.query.empty();
  entry.userAgent = bounded(request.header("user-agent"), userAgentBytes);
  return entry;
}

std::string accessLine(const AccessEntry& entry, AccessFormat format) {
  return format == AccessFormat::json ? asJson(entry) : asText(entry);
}

std::string droppedLine(std::uint64_t count, std::chrono::system_clock::time_point time, AccessFormat format) {
  if (format == AccessFormat::json)
    return fmt::format(R"({{"time":"{}","event":"dropped","lines":{}}})", timestamp(time), count);
  return fmt::format("# {} {} lines dropped", timestamp(time), count);
}

}  // namespace duramen::server
