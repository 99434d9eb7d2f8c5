#include "server/connection_limits.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace duramen::server {
namespace {

// Seconds: nobody knows when a connection ends.
constexpr int retryAfter = 5;

}  // namespace

struct ConnectionLimits::State {
  explicit State(ConnectionLimitOptions all) : options(std::move(all)) {}

  using Addresses = std::map<AddressBytes, std::size_t>;

  // Null if the address has no limit of its own. REQUIRES: the lock.
  std::expected<Addresses::value_type*, HttpError> enter(const std::string& address) {
    if (isLoopback(address) || (options.isShared && options.isShared(address))) return nullptr;
    const AddressBytes customer = customerOf(address);
    const auto known = addresses.find(customer);
    if (known != addresses.end() && known->second >= options.connectionsOfAddress)
      return std::unexpected(HttpError{
          429, fmt::format("your address has {} connections, and may have no more", options.connectionsOfAddress),
          retryAfter, "--max-connections-of-address"});
    Addresses::value_type* const entry = &*addresses.try_emplace(customer).first;
    ++entry->second;
    return entry;
  }
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
  Place place;
  const std::lock_guard lock{state.mutex};
  if (state.connections >= options.connections)
    return std::unexpected(
        HttpError{503, fmt::format("this server has {} connections, and takes no more", options.connections),
                  retryAfter, "--max-connections"});
  const auto entry = state.enter(address);
  if (!entry) return std::unexpected(entry.error());
  place.address_ = *entry;
  ++state.connections;
  place.state_ = state_;
  return place;
}

std::expected<void, HttpError> ConnectionLimits::Place::countFor(const std::string& client) {
  if (!state_ || address_) return {};
  const std::lock_guard lock{state_->mutex};
  const auto entry = state_->enter(client);
  if (!entry) return std::unexpected(entry.error());
  address_ = *entry;
  return {};
}

ConnectionLimits::Place::~Place() {
  if (state_) state_->leave(address_);
}

}  // namespace duramen::server
