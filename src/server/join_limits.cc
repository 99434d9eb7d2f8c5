#include "server/join_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "duramen/keyed_hash.h"

namespace duramen::server {
namespace {

// What an address may still do, refilled by time.
struct Bucket {
  double left = 0;
  loop::TimePoint at{};
};

}  // namespace

struct JoinLimits::Address {
  std::size_t clients = 0;
  Bucket joins;
};

struct JoinLimits::State {
  explicit State(const JoinLimitOptions& all) : options(all) {}

  using Keys = KeyedMap<std::string, std::size_t>;
  using Addresses = std::map<AddressBytes, Address>;

  void leave(Keys::value_type& key, Addresses::value_type* address) {
    const std::lock_guard lock{mutex};
    if (--key.second == 0) keys.erase(keys.find(key.first));
    if (address) --address->second.clients;
  }

  // Addresses without clients whose bucket is full again are forgotten: they are as if they had never come.
  void forgetIdle(loop::TimePoint now) {
    if (addresses.size() < forgetAbove) return;
    std::erase_if(addresses, [&](const auto& entry) {
      const Address& address = entry.second;
      return address.clients == 0 &&
             address.joins.left + loop::inSeconds(now - address.joins.at) * options.joinsPerSecond >=
                 options.joinsAtOnce;
    });
    forgetAbove = std::max<std::size_t>(1024, 2 * addresses.size());
  }

  bool takeJoin(Address& address, loop::TimePoint now) const {
    Bucket& bucket = address.joins;
    const double refilled = bucket.left + loop::inSeconds(now - bucket.at) * options.joinsPerSecond;
    bucket = {.left = std::min(options.joinsAtOnce, refilled), .at = now};
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  // The sentences are few: they hold the limits, and nothing of the client.
  std::unexpected<Refusal> refuse(int status, std::string text, std::string_view option, loop::TimePoint now) {
    const auto [last, isFirst] = told.try_emplace(text, now);
    const bool isNews = isFirst || now - last->second >= std::chrono::minutes{1};
    if (isNews) last->second = now;
    return std::unexpected(Refusal{.status = status, .text = std::move(text), .option = option, .isNews = isNews});
  }

  const JoinLimitOptions options;
  std::mutex mutex;
  Keys keys;  // and their clients
  Addresses addresses;
  std::size_t forgetAbove = 1024;
  std::unordered_map<std::string, loop::TimePoint> told;
};

JoinLimits::JoinLimits(const JoinLimitOptions& options) : state_(std::make_shared<State>(options)) {}

std::expected<JoinLimits::Place, JoinLimits::Refusal> JoinLimits::take(const std::string& address,
                                                                       const std::string& key, loop::TimePoint now) {
  State& state = *state_;
  const JoinLimitOptions& options = state.options;
  const std::lock_guard lock{state.mutex};
  const auto known = state.keys.find(key);
  if (known == state.keys.end() && state.keys.size() >= options.keys)
    return state.refuse(503, fmt::format("this server has {} keys, and takes no more", options.keys), "--max-keys",
                        now);
  if (known != state.keys.end() && known->second >= options.clientsOfKey)
    return state.refuse(503, fmt::format("this key has {} clients, and takes no more", options.clientsOfKey),
                        "--max-clients-of-key", now);
  Place place;
  if (!isLoopback(address)) {
    state.forgetIdle(now);
    const auto [at, fresh] = state.addresses.try_emplace(customerOf(address));
    if (fresh) at->second.joins = {.left = options.joinsAtOnce, .at = now};
    if (at->second.clients >= options.clientsOfAddress)
      return state.refuse(
          429, fmt::format("your address has {} realtime clients, and may have no more", options.clientsOfAddress),
          "--max-clients-of-address", now);
    if (!state.takeJoin(at->second, now))
      return state.refuse(429, fmt::format("your address joins more than {} times a second", options.joinsPerSecond),
                          "--max-join-rate", now);
    ++at->second.clients;
    place.address_ = &*at;
  }
  State::Keys::value_type& entry = *state.keys.try_emplace(key).first;
  ++entry.second;
  place.key_ = &entry;
  place.state_ = state_;
  return place;
}

JoinLimits::Place::~Place() {
  if (state_) state_->leave(*key_, address_);
}

}  // namespace duramen::server
