#pragma once
// Why bytes are no HTTP request that we serve, as the answer says it: what was wrong, and what was expected.

#include <string>
#include <string_view>

namespace duramen::server {

struct HttpError {
  int status = 400;
  std::string text;
  int retryAfter = 0;            // seconds, of a 429 or a 503; 0: it does not say
  std::string_view option = {};  // that sets the limit, for the log: "--max-connections"
};

}  // namespace duramen::server
