#pragma once
// The arguments of an action, as React's encodeReply writes them (docs/flight.md, C): JSON in which a string that
// begins with '$' is a token, as one text, or as FormData whose parts hold what one text cannot. Nothing in them
// selects code or reaches beyond them, and what decoding costs is bounded by the limits.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/value.h"
#include "flight/encode.h"
#include "flight/multipart.h"

namespace duramen::flight {

struct ReplyLimits {
  std::size_t depth = 128;
  std::size_t nodes = 100'000;                // values, references counted as what they stand for
  std::size_t textBytes = 8 * 1024 * 1024;    // of all text, references counted likewise
  std::size_t stringBytes = 4 * 1024 * 1024;  // of one text
  std::size_t arrayBytes =
      8 * 1024 * 1024;              // of all typed arrays, which are in memory; what is larger is sent as a File
  std::size_t boundArguments = 32;  // of one server function
};

struct ReplyError {
  std::string where;  // "argument 2.target.legs[1]"; or "arguments" if they are not JSON
  std::string what;   // "expected a date, got \"$Dnever\""
};
// "argument 2.target: expected ..., got ..."
std::string describe(const ReplyError& error);

using Arguments = std::expected<std::vector<Value>, ReplyError>;
// With the error in words.
std::expected<std::vector<Value>, std::string> inWords(Arguments arguments);

// What the parts say, whose root is part "0". A stream is here as a whole, a promise as what it resolved to. Server
// functions are refused unless `functions` knows their names. `work`, for tests: bytes, values and steps that it took.
std::expected<Value, ReplyError> decodeReply(const std::vector<Part>& parts, const ReplyLimits& limits = {},
                                             const References* functions = nullptr, std::size_t* work = nullptr);

// A list of arguments, in one text.
Arguments decodeArguments(std::string_view body, const ReplyLimits& limits = {});
// The same from a body of this Content-Type: multipart/form-data, whose files share it, or text.
Arguments decodeArguments(const SharedBytes& body, std::string_view contentType, const ReplyLimits& limits = {});

}  // namespace duramen::flight
