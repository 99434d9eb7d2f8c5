#include "server/hub.h"

#include <fmt/format.h>

#include "base/found_memory.h"
#include "server/connection.h"
#include "server/response_head.h"

namespace duramen::server {

SocketId SocketTable::reserve() {
  if (free_.empty()) {
    places_.emplace_back();
    free_.reserve(places_.capacity());
    free_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  const std::uint64_t generation = ++places_[index].generation;
  ++size_;
  return {generation << 32 | index};
}

void SocketTable::put(SocketId id, std::shared_ptr<Connection> connection) {
  places_[static_cast<std::uint32_t>(id.value)].connection = std::move(connection);
}

Connection* SocketTable::find(SocketId id) const {
  const auto index = static_cast<std::uint32_t>(id.value);
  if (index >= places_.size() || places_[index].generation != id.value >> 32) return nullptr;
  return places_[index].connection.get();
}

void SocketTable::remove(SocketId id) {
  if (find(id) == nullptr) return;
  const auto index = static_cast<std::uint32_t>(id.value);
  places_[index].connection.reset();
  release(id);
}

void SocketTable::release(SocketId id) {
  free_.push_back(static_cast<std::uint32_t>(id.value));  // it has room for all places
  --size_;
}

std::shared_ptr<Connection> SocketTable::next(std::size_t& at) const {
  std::shared_ptr<Connection> found = at < places_.size() ? places_[at].connection : nullptr;
  at = at + 1 < places_.size() ? at + 1 : 0;
  return found;
}

Hub::Hub(loop::ThreadLoop& l, Handler& h, const Limits& limit, Log where, BodyStore all, ByteBudget most)
    : loop(l),
      handler(h),
      limits(limit),
      log(std::move(where)),
      bodies(std::move(all)),
      memory(std::move(most)),
      readBuffer(std::make_unique_for_overwrite<std::byte[]>(readBytes)),
      turns(l) {}

void Hub::post(std::move_only_function<void(Hub&)> work) {
  loop.post([hub = weak_from_this(), work = std::move(work)]() mutable {
    if (const auto alive = hub.lock()) work(*alive);
  });
}

const std::string& Hub::date() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t second = std::chrono::system_clock::to_time_t(now);
  if (second != dateSecond_) {
    dateSecond_ = second;
    date_ = httpDate(now);
  }
  return date_;
}

void Hub::logFailure(std::string_view what, std::string_view why) {
  // It may be the want of memory that it tells of.
  static_cast<void>(foundMemory([&] { log.error(fmt::format("{}: {}", what, why), {what}); }));
}

void Hub::logLimit(const HttpError& refusal, std::string_view peer) {
  log.warning(
      fmt::format("a connection of {} was refused: {}; {} sets this limit", peer, refusal.text, refusal.option),
      {.name = fmt::format("connections refused by {}", refusal.option), .lines = 1, .time = std::chrono::minutes{1}});
}

void Hub::remove(SocketId id) {
  table.remove(id);
  if (draining && table.size() == 0 && drained) std::exchange(drained, nullptr)();
}

}  // namespace duramen::server
