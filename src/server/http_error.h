#pragma once
// Why bytes are no HTTP request that we serve, as the answer says it: what was wrong, and what was expected.

#include <string>

namespace duramen::server {

struct HttpError {
  int status = 400;
  std::string text;
};

}  // namespace duramen::server
