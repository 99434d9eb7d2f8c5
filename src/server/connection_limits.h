#pragma once
// How many connections there may be, in all loops and of one address, so that nobody takes all of them. Any thread.

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/http_error.h"

namespace duramen::server {

struct ConnectionLimitOptions {
  std::size_t connections = 10'000;
  std::size_t connectionsOfAddress = 512;  // loopback and Unix sockets have no limit
  // Addresses behind which are many clients, as a proxy is: these have no limit of their own either. May be empty.
  std::function<bool(std::string_view)> isShared = {};
};

class ConnectionLimits {
 public:
  explicit ConnectionLimits(ConnectionLimitOptions options);

  // A connection's place; it is free again when this goes.
  using Place = std::shared_ptr<void>;
  // The error: 503 of the server, 429 of the address.
  std::expected<Place, HttpError> take(const std::string& address);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace duramen::server
