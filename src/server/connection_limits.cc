#include "server/connection_limits.h"

#include <fmt/format.h>

#include <mutex>
#include <unordered_map>

#include "server/join_limits.h"

namespace duramen::server {

struct ConnectionLimits::State {
  explicit State(ConnectionLimitOptions all) : options(std::move(all)) {}

  void leave(const std::string& address) {
    const std::lock_guard lock{mutex};
    --connections;
    if (const auto at = addresses.find(address); at != addresses.end() && --at->second == 0) addresses.erase(at);
  }

  const ConnectionLimitOptions options;
  std::mutex mutex;
  std::size_t connections = 0;
  std::unordered_map<std::string, std::size_t> addresses;  // that have a limit, and their connections
};

ConnectionLimits::ConnectionLimits(ConnectionLimitOptions options)
    : state_(std::make_shared<State>(std::move(options))) {}

std::expected<ConnectionLimits::Place, HttpError> ConnectionLimits::take(const std::string& address) {
  State& state = *state_;
  const ConnectionLimitOptions& options = state.options;
  const bool isShared = isLoopback(address) || (options.isShared && options.isShared(address));
  const std::lock_guard lock{state.mutex};
  if (state.connections >= options.connections)
    return std::unexpected(
        HttpError{503, fmt::format("this server has {} connections, and takes no more", options.connections)});
  if (!isShared) {
    const auto known = state.addresses.find(address);
    if (known != state.addresses.end() && known->second >= options.connectionsOfAddress)
      return std::unexpected(HttpError{
          429, fmt::format("your address has {} connections, and may have no more", options.connectionsOfAddress)});
    ++state.addresses[address];
  }
  ++state.connections;
  return Place{nullptr, [kept = state_, address](void*) { kept->leave(address); }};
}

}  // namespace duramen::server
