#include "server/join_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace duramen::server {
namespace {

// What an address may still do, refilled by time.
struct Bucket {
  double left = 0;
  loop::TimePoint at{};
};

double seconds(loop::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

struct JoinLimits::State {
  explicit State(const JoinLimitOptions& all) : options(all) {}

  struct Address {
    std::size_t clients = 0;
    Bucket joins;
  };

  void leave(const std::string& address, const std::string& key) {
    const std::lock_guard lock{mutex};
    if (const auto at = keys.find(key); --at->second == 0) keys.erase(at);
    if (const auto at = addresses.find(address); at != addresses.end()) --at->second.clients;
  }

  // Addresses without clients whose bucket is full again are forgotten: they are as if they had never come.
  void forgetIdle(loop::TimePoint now) {
    if (addresses.size() < forgetAbove) return;
    std::erase_if(addresses, [&](const auto& entry) {
      const Address& address = entry.second;
      return address.clients == 0 &&
             address.joins.left + seconds(now - address.joins.at) * options.joinsPerSecond >= options.joinsAtOnce;
    });
    forgetAbove = std::max<std::size_t>(1024, 2 * addresses.size());
  }

  bool takeJoin(Address& address, loop::TimePoint now) const {
    Bucket& bucket = address.joins;
    const double refilled = bucket.left + seconds(now - bucket.at) * options.joinsPerSecond;
    bucket = {.left = std::min(options.joinsAtOnce, refilled), .at = now};
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  const JoinLimitOptions options;
  std::mutex mutex;
  std::unordered_map<std::string, std::size_t> keys;  // and their clients
  std::unordered_map<std::string, Address> addresses;
  std::size_t forgetAbove = 1024;
};

JoinLimits::JoinLimits(const JoinLimitOptions& options) : state_(std::make_shared<State>(options)) {}

std::expected<JoinLimits::Place, JoinLimits::Refusal> JoinLimits::take(const std::string& address,
                                                                       const std::string& key, loop::TimePoint now) {
  State& state = *state_;
  const JoinLimitOptions& options = state.options;
  const std::lock_guard lock{state.mutex};
  const auto known = state.keys.find(key);
  if (known == state.keys.end() && state.keys.size() >= options.keys)
    return std::unexpected(Refusal{503, fmt::format("this server has {} keys, and takes no more", options.keys)});
  if (known != state.keys.end() && known->second >= options.clientsOfKey)
    return std::unexpected(
        Refusal{503, fmt::format("this key has {} clients, and takes no more", options.clientsOfKey)});
  if (!isLoopback(address)) {
    state.forgetIdle(now);
    const auto [at, fresh] = state.addresses.try_emplace(address);
    if (fresh) at->second.joins = {.left = options.joinsAtOnce, .at = now};
    if (at->second.clients >= options.clientsOfAddress)
      return std::unexpected(Refusal{
          429, fmt::format("your address has {} realtime clients, and may have no more", options.clientsOfAddress)});
    if (!state.takeJoin(at->second, now))
      return std::unexpected(
          Refusal{429, fmt::format("your address joins more than {} times a second", options.joinsPerSecond)});
    ++at->second.clients;
  }
  ++state.keys[key];
  return Place{std::shared_ptr<void>(nullptr, [state = state_, address, key](void*) { state->leave(address, key); })};
}

bool isLoopback(std::string_view address) { return address.empty() || address.starts_with("127.") || address == "::1"; }

}  // namespace duramen::server
