#pragma once
// The paths of static files: what a request may name, and where a directory may be served.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::server {

// The prefix of a directory, without a slash at its end: "/files". The error is a sentence: what is no prefix, or would
// hide an address that the server itself answers.
std::expected<std::string, std::string> staticPrefix(std::string_view path);

struct StaticPath {
  std::vector<std::string> names;  // from the root down, each the name of one file or folder
  bool endsInSlash = false;
};

// What stands behind the prefix in a request's path, percent-decoded once: "/a/b%20c". Nothing if it can be no file of
// ours: a name that is empty, begins with '.', holds a slash, a backslash or a control character, or is not UTF-8, and
// a '%' that begins no escape.
std::optional<StaticPath> staticPathOf(std::string_view rest);

}  // namespace duramen::server
