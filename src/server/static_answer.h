#pragma once
// How a GET or HEAD of a file is answered, wherever the file's bytes are: its conditions (RFC 9110 §13), then a range
// of it (§14), then the whole.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/accept_encoding.h"
#include "server/byte_range.h"
#include "server/conditional.h"
#include "server/transport.h"

namespace duramen::server {

// Of a file that never changes, and of any other: kept, but asked for again each time.
inline constexpr std::string_view cachedForAYear = "public, max-age=31536000, immutable";
inline constexpr std::string_view revalidated = "no-cache";

// A file in the coding that was chosen for the client.
struct Representation {
  std::string_view type;
  std::string_view cacheControl;
  ContentCoding coding = ContentCoding::identity;
  bool varies = false;  // it is there in other codings, too
  Validators validators;
  std::uint64_t size = 0;  // in this coding
};

struct StaticAnswer {
  Response response;             // complete, but for the file's bytes
  std::optional<BytePart> part;  // which of them are its body
};

// 200, 206, 304, 412 or 416. A range is for GET only (§14.2): HEAD tells of the whole.
StaticAnswer staticAnswer(const Request& request, const Representation& file, std::chrono::sys_seconds now);

bool readsOnly(const Request& request);  // GET or HEAD
// 405: what a file does not do.
Response onlyReads();
// 406: the client refuses each coding in which the file is there.
Response noCoding();

}  // namespace duramen::server
