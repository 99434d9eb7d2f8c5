#pragma once
// Plain JSON: what objects store, and the text inside an action's arguments. Numbers are exact both ways: whole ones of
// 64 bits as they are, others by their shortest spelling.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "duramen/value.h"

namespace duramen {

struct JsonLimits {
  std::size_t depth = 64;
  std::size_t nodes = 1'000'000;  // values, those of lists and objects included
  std::size_t bytes = 64 * 1024 * 1024;
};

// Why text is not JSON, or a value is none. `offset` counts bytes from the start of the text.
struct JsonError {
  std::size_t offset = 0;
  std::string what;
};
// "byte 17: too deep"
std::string describe(const JsonError& error);

// Of two fields of one name the last counts, as in JavaScript. Text that is not UTF-8, or that spells half a surrogate
// pair, is refused.
std::expected<Value, JsonError> parseJson(std::string_view text, const JsonLimits& limits = {});
// The same for one of several texts that share a limit: `nodesLeft`, from which the values are taken.
std::expected<Value, JsonError> parseJson(std::string_view text, const JsonLimits& limits, std::size_t& nodesLeft);

// The value on the tape. NaN, infinities, text that is not UTF-8, nodes, actions, files and forms have no JSON. Fields
// that are undefined are left out; in a list they are null. A date and a BigInt become their text, bytes base64, a set
// a list, a map a list of pairs; decoding to those types takes them back.
std::expected<std::string, JsonError> tapeToJson(const detail::Tape& tape);

// Appends text as JSON's string, quotes included. REQUIRES: UTF-8.
void appendJsonText(std::string& out, std::string_view text);

}  // namespace duramen
