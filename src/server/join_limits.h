#pragma once
// How many realtime clients there may be, so that nobody fills the server's memory with them: in all keys, of one
// address, and how fast they may come from it. Any thread.

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "loop/loop.h"
#include "server/client_address.h"

namespace duramen::server {

struct JoinLimitOptions {
  std::size_t keys = 100'000;          // with clients, at once
  std::size_t clientsOfKey = 100'000;  // at once
  std::size_t clientsOfAddress = 256;  // or IPv6 /64, at once; loopback and Unix sockets have no limit
  double joinsPerSecond = 50;          // of one address; likewise
  double joinsAtOnce = 500;            // that may come at once, after a pause: a reload of many pages
};

class JoinLimits {
  struct Address;
  struct State;

 public:
  explicit JoinLimits(const JoinLimitOptions& options);

  // A client's place while it lives.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept {
      std::swap(state_, other.state_);
      std::swap(key_, other.key_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Place();

   private:
    friend JoinLimits;
    // Points into the tables, whose entries stay where they are.
    std::shared_ptr<State> state_;
    std::pair<const std::string, std::size_t>* key_ = nullptr;
    std::pair<const AddressBytes, Address>* address_ = nullptr;  // null: it does not count
  };
  struct Refusal {
    int status;  // 429: of the address; 503: of the server
    std::string text;
    std::string_view option;  // that sets the limit, for the log
    bool isNews;              // for the log: the first of this sentence in a minute
  };
  std::expected<Place, Refusal> take(const std::string& address, const std::string& key, loop::TimePoint now);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace duramen::server
