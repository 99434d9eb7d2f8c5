#include "server/connection_limits.h"

#include <fmt/format.h>

#include <mutex>
#include <unordered_map>

#include "server/join_limits.h"

namespace duramen::server {

struct ConnectionLimits::State {
  explicit State(ConnectionLimitOptions all) : options(std::move(all)) {}

  using Addresses = std::unordered_map<std::string, std::size_t>;

  void leave(Addresses::value_type* address) {
    const std::lock_guard lock{mutex};
    --connections;
    if (address && --address->second == 0) addresses.erase(addresses.find(address->first));
  }

  const ConnectionLimitOptions options;
  std::mutex mutex;
  std::size_t connections = 0;
  Addresses addresses;  // that have a limit, and their connections
};

ConnectionLimits::ConnectionLimits(ConnectionLimitOptions options)
    : state_(std::make_shared<State>(std::move(options))) {}

std::expected<ConnectionLimits::Place, HttpError> ConnectionLimits::take(const std::string& address) {
  State& state = *state_;
  const ConnectionLimitOptions& options = state.options;
  const bool isShared = isLoopback(address) || (options.isShared && options.isShared(address));
  Place place;
  const std::lock_guard lock{state.mutex};
  if (state.connections >= options.connections)
    return std::unexpected(
        HttpError{503, fmt::format("this server has {} connections, and takes no more", options.connections)});
  if (!isShared) {
    const auto known = state.addresses.find(address);
    if (known != state.addresses.end() && known->second >= options.connectionsOfAddress)
      return std::unexpected(HttpError{
          429, fmt::format("your address has {} connections, and may have no more", options.connectionsOfAddress)});
    place.address_ = &*state.addresses.try_emplace(address).first;
    ++place.address_->second;
  }
  ++state.connections;
  place.state_ = state_;
  return place;
}

ConnectionLimits::Place::~Place() {
  if (state_) state_->leave(address_);
}

}  // namespace duramen::server
