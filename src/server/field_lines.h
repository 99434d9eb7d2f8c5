#pragma once
// Header fields of one name in several lines (RFC 9110 §5.3). The lines of a list are joined, so that whoever looks a
// field up sees all of it. A field that has one value is refused: two readers may take two different lines of it.

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "server/http_error.h"

namespace duramen::server {

// Afterwards each name is there once, where its first line was; the lines of a list are joined in order by ", ".
// The error names the field. Cost: sorts the names.
std::expected<void, HttpError> joinFieldLines(std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace duramen::server
