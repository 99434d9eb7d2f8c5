#pragma once
// What a client says it looks at, reduced to what the server may use of it.

#include <expected>
#include <string>
#include <string_view>

namespace duramen::realtime {

// Path and query of a URL that a client sent, whole or without its origin: the path in normal form, the query as it is
// but for the parameters of the wire (__rsc…). The origin is dropped: no client chooses where the server looks (U8).
// The error says what was expected.
std::expected<std::string, std::string> linkOf(std::string_view url);

// A realtime key as groups compare it: "default" if it is empty, a path in normal form if it begins with '/'.
std::string normalKey(std::string_view key);

}  // namespace duramen::realtime
