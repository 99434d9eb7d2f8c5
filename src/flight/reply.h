#pragma once
// The arguments of an action, as React's encodeReply writes them in its text form: JSON in which a string that begins
// with
// '$' is a token (docs/flight.md, C). Nothing in them selects code or reaches beyond them, and what decoding costs is
// bounded by the limits. What needs FormData (files, maps, streams) is refused: its parts are not here.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/value.h"

namespace duramen::flight {

struct ReplyLimits {
  std::size_t depth = 64;
  std::size_t nodes = 100'000;                // values, references counted as what they stand for
  std::size_t textBytes = 8 * 1024 * 1024;    // of all text, references counted likewise
  std::size_t stringBytes = 4 * 1024 * 1024;  // of one text
  std::size_t bigIntDigits = 300;
};

struct ReplyError {
  std::string where;  // "argument 2.target.legs[1]"; or "arguments" if they are not JSON
  std::string what;   // "expected a date, got \"$Dnever\""
};
// "argument 2.target: expected ..., got ..."
std::string describe(const ReplyError& error);

// A list of arguments. A BigInt that fits 64 bits is a whole number; a Date is its text, "2026-11-25T10:00:00.000Z".
std::expected<std::vector<Value>, ReplyError> decodeArguments(std::string_view body, const ReplyLimits& limits = {});

}  // namespace duramen::flight
