#include "objects/host.h"

#include "objects/objects.h"

namespace duramen::objects {
namespace {

constexpr int looksAtATime = 64;
constexpr auto nextTrim = std::chrono::milliseconds{100};  // when what takes the memory is busy now
// How often it is looked at which calls wait for long.
constexpr loop::Duration callLook = std::chrono::seconds{1};

}  // namespace

Host::Host(loop::Loop& loop, Committer& committer, const ObjectsOptions& options, Most most,
           std::atomic<std::size_t>& total)
    : loop_(loop), committer_(committer), options_(options), most_(most), total_(total) {}

Host::~Host() { total_ -= instances_.size(); }

void Host::deliver(detail::CallMessage message, std::shared_ptr<detail::CallState> state,
                   std::shared_ptr<const CallChain> callers) {
  if (stopped_) {
    state->error = std::make_exception_ptr(serverHasStopped());
    return reply(state);
  }
  auto& [objectClass, id, name] = message.to;
  auto at = instances_.find(id);
  if (at == instances_.end()) {
    makeRoom();
    ObjectMemory::Owner owner{objectClass->name, name, id};
    auto instance = std::make_unique<Instance>(*this, objectClass, std::move(owner));
    const auto place = byUse_.insert(byUse_.end(), instance.get());
    instance->place = place;
    try {
      at = instances_.emplace(id, std::move(instance)).first;
    } catch (const std::bad_alloc&) {
      byUse_.erase(place);
      throw;
    }
    ++total_;
  }
  Instance& instance = *at->second;
  touch(instance);
  instance.deliver({.invoke = std::move(message.invoke),
                    .method = message.method,
                    .state = std::move(state),
                    .callers = std::move(callers)});
  if (!calls_) calls_ = loop_.after(longWait, [this] { watchCalls(); });
}

// While any call waits. A walk over all objects, once a second.
void Host::watchCalls() {
  const loop::TimePoint since = loop_.now() - longWait;
  bool waits = false;
  for (Instance* const each : byUse_) waits |= each->tellWaiting(since);
  calls_.reset();
  if (waits) calls_ = loop_.after(callLook, [this] { watchCalls(); });
}

void Host::touch(Instance& instance) {
  instance.lastUsed = loop_.now();
  byUse_.splice(byUse_.end(), byUse_, instance.place);
  count(instance);
  scheduleSweep();
}

void Host::count(Instance& instance) {
  const std::size_t now = instance.memoryBytes();
  bytes_ = bytes_ - instance.countedBytes + now;
  instance.countedBytes = now;
  // By work of its own: the instance may be on the stack.
  if (bytes_ > most_.bytes && !trim_) trim_ = loop_.after(loop::Duration::zero(), [this] { trim(); });
}

// Busy ones stay: their turn comes when they are idle.
void Host::trim() {
  trim_.reset();
  const std::size_t before = bytes_;
  for (int looked = 0; looked < looksAtATime && !byUse_.empty() && bytes_ > most_.bytes; ++looked) {
    Instance& longest = *byUse_.front();
    if (longest.isIdle())
      evict(longest);
    else
      byUse_.splice(byUse_.end(), byUse_, longest.place);
  }
  // Others of the loop have their turn in between.
  if (bytes_ > most_.bytes)
    trim_ = loop_.after(bytes_ < before ? loop::Duration::zero() : loop::Duration{nextTrim}, [this] { trim(); });
}

// Busy instances stay, whatever their number: what is found busy counts as used now, so that each call looks at few.
void Host::makeRoom() {
  for (int looked = 0; looked < looksAtATime && !byUse_.empty() && instances_.size() >= most_.instances; ++looked) {
    Instance& longest = *byUse_.front();
    if (longest.isIdle())
      evict(longest);
    else
      touch(longest);
  }
}

void Host::evict(Instance& instance) {
  byUse_.erase(instance.place);
  bytes_ -= instance.countedBytes;
  instances_.erase(ObjectId{instance.id()});
  --total_;
}

// One timer for all: it looks when the longest unused one may be due.
void Host::scheduleSweep() {
  if (sweep_ || byUse_.empty() || stopped_) return;
  const loop::Duration left = byUse_.front()->lastUsed + options_.idle - loop_.now();
  sweep_ = loop_.after(std::max(left, loop::Duration::zero()) + std::chrono::milliseconds{1}, [this] {
    sweep_.reset();
    sweep();
  });
}

void Host::sweep() {
  const loop::TimePoint due = loop_.now() - options_.idle;
  while (!byUse_.empty() && byUse_.front()->lastUsed <= due) {
    Instance& instance = *byUse_.front();
    if (instance.isIdle())
      evict(instance);
    else
      touch(instance);
  }
  scheduleSweep();
}

void Host::stop() {
  stopped_ = true;
  sweep_.reset();
  trim_.reset();
  calls_.reset();
  byUse_.clear();
  total_ -= instances_.size();
  for (const auto& [id, instance] : instances_) instance->stop();
  instances_.clear();
}

}  // namespace duramen::objects
