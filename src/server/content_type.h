#pragma once
// What a file holds, by the end of its name.

#include <string_view>

namespace duramen::server {

// "text/css; charset=utf-8" for "style.css", whatever the case of letters; "application/octet-stream" for what is not
// known, which a browser only stores.
std::string_view contentTypeOf(std::string_view name);

}  // namespace duramen::server
