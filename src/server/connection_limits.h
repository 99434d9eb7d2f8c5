#pragma once
// How many connections there may be, in all loops and of one address, so that nobody takes all of them. Any thread.

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/client_address.h"
#include "server/http_error.h"

namespace duramen::server {

struct ConnectionLimitOptions {
  std::size_t connections = 10'000;
  std::size_t connectionsOfAddress = 512;  // or IPv6 /64; loopback and Unix sockets have no limit
  // Addresses behind which are many clients, as a proxy is: these have no limit of their own either. May be empty.
  std::function<bool(std::string_view)> isShared = {};
};

class ConnectionLimits {
  struct State;

 public:
  explicit ConnectionLimits(ConnectionLimitOptions options);

  // A connection's place; it is free again when this goes.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept {
      std::swap(state_, other.state_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Place();
    // Counts the connection for the client that a proxy speaks for. The error: 429; then it counts for nobody.
    // REQUIRES: once, of a place of a shared address.
    std::expected<void, HttpError> countFor(const std::string& client);

   private:
    friend ConnectionLimits;
    std::shared_ptr<State> state_;
    // Points into the table, whose entries stay where they are. Null: it has no limit of its own.
    std::pair<const AddressBytes, std::size_t>* address_ = nullptr;
  };
  // The error: 503 of the server, 429 of the address.
  std::expected<Place, HttpError> take(const std::string& address);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace duramen::server
