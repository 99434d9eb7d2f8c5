#pragma once
// A line of the access log: what it tells of a request or a socket, and how it reads. What a client chose is cut at a
// bound and escaped, so that no line can be forged: a byte that is not printable ASCII, a quote and a backslash stand
// as
// \xE9 in text and as \u00e9 in JSON. A query is never logged, only that there was one: it may hold secrets.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "duramen/request.h"

namespace duramen::server {

struct AccessEntry {
  enum class Kind : std::uint8_t { request, upgrade, close };

  Kind kind = Kind::request;
  std::chrono::system_clock::time_point time;  // when it ended
  std::chrono::microseconds duration{};        // of a request since its first byte, of a socket since its upgrade
  std::string client;                          // its address
  std::string method;                          // empty if the request could not be read so far; as is the path
  std::string path;                            // as sent: percent-encoded
  bool hasQuery = false;
  std::string userAgent;
  int status = 0;               // 0: nothing was answered. Of a close: its code (RFC 6455 §7.4), 1006 if there was none
  bool broken = false;          // the client went, or was cut off, before the answer was sent
  std::uint64_t sentBytes = 0;  // heads and frames included
  // Of a close.
  std::uint64_t receivedBytes = 0;
  std::uint64_t receivedMessages = 0;
  std::uint64_t sentMessages = 0;  // pages and answers

  // What a request says of itself.
  static AccessEntry of(const Request& request);
};

enum class AccessFormat : std::uint8_t { text, json };

// Without its line break.
//   text: like the combined format: 127.0.0.1 - - [2026-11-25T17:51:23.123Z] "GET /note/n1?" 200 4711 "-"
//   "curl/8" 3.217 json: an object whose member "event" is "request", "upgrade" or "close"
std::string accessLine(const AccessEntry& entry, AccessFormat format);
// Tells that so many lines are missing here.
std::string droppedLine(std::uint64_t count, std::chrono::system_clock::time_point time, AccessFormat format);

}  // namespace duramen::server
