#include "objects/objects.h"

#include <chrono>
#include <condition_variable>
#include <stdexcept>

#include "objects/host.h"

namespace duramen {
namespace objects {
namespace {

ObjectsOptions withClock(ObjectsOptions options) {
  if (!options.wallSeconds)
    options.wallSeconds = [] {
      const auto since = std::chrono::system_clock::now().time_since_epoch();
      return std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(since).count()};
    };
  return options;
}

}  // namespace

Objects::Objects(std::vector<loop::Loop*> loops, Committer& committer, Options options)
    : loops_(std::move(loops)), options_(withClock(std::move(options))) {
  const Host::Most most{.instances = std::max<std::size_t>(options_.most / loops_.size(), 1),
                        .bytes = options_.mostBytes / loops_.size()};
  for (loop::Loop* const loop : loops_)
    hosts_.push_back(std::make_unique<Host>(*loop, committer, options_, most, total_));
}

Objects::~Objects() {
  for (const auto& each : classes_) each->system = nullptr;
}

std::shared_ptr<const detail::ObjectClass> Objects::open(const std::string& name, bool interleaves,
                                                         detail::Factory factory) {
  const std::lock_guard lock{mutex_};
  for (const auto& each : classes_)
    if (each->name == name) throw std::logic_error("two namespaces of one server are stored as \"" + name + "\"");
  auto opened = std::make_shared<detail::ObjectClass>();
  opened->name = name;
  opened->key = namespaceKey(name);
  opened->interleaves = interleaves;
  opened->factory = std::move(factory);
  opened->system = this;
  classes_.push_back(opened);
  return opened;
}

void Objects::call(detail::CallMessage message, std::shared_ptr<detail::CallState> state,
                   std::shared_ptr<const CallChain> callers) {
  const std::size_t index = indexOf(message.to.id);
  loops_[index]->post([host = hosts_[index].get(), message = std::move(message), state = std::move(state),
                       callers = std::move(callers)]() mutable {
    if (state->abandoned.load(std::memory_order_relaxed)) return;
    try {
      host->deliver(std::move(message), state, std::move(callers));
    } catch (const std::bad_alloc&) {
      state->error = std::current_exception();
      reply(state);
    }
  });
}

void Objects::stop(const std::function<void()>& run) {
  std::mutex mutex;
  std::condition_variable done;
  std::size_t left = hosts_.size();
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    loops_[i]->post([&, host = hosts_[i].get()] {
      host->stop();
      const std::lock_guard lock{mutex};
      --left;
      done.notify_one();
    });
  if (run) run();
  std::unique_lock lock{mutex};
  done.wait(lock, [&] { return left == 0; });
}

}  // namespace objects

namespace detail {

void beginCall(CallMessage message, const std::shared_ptr<CallState>& state, Scope& scope) {
  objects::Objects* const system = message.to.objectClass->system;
  if (!system) throw std::logic_error("namespace " + message.to.objectClass->name + ": its server has gone");
  if (scope.tracker && message.isRead) scope.tracker->reads(message.to.id);
  auto* const caller = dynamic_cast<objects::Instance*>(scope.executor);
  if (!caller) {
    state->home = scope.executor;
    return system->call(std::move(message), state);
  }
  // The caller may be gone when the answer comes; its loop is not.
  state->home = &caller->loop();
  caller->callOut([system, message = std::move(message), state, callers = caller->chain()]() mutable {
    system->call(std::move(message), state, std::move(callers));
  });
}

NamespaceBase::NamespaceBase(std::string_view name) : name_(name) {}

const std::shared_ptr<const ObjectClass>& NamespaceBase::opened() const {
  if (!class_) throw std::logic_error("namespace " + name_ + " is used before a server has taken its Env");
  return class_;
}

ObjectId NamespaceBase::idFromName(const Text& name) const {
  return objects::idFromName(class_ ? class_->key : objects::namespaceKey(name_), name.view());
}

loop::Loop& NamespaceBase::loopOf(const ObjectId& id) const {
  objects::Objects* const system = opened()->system;
  if (!system) throw std::logic_error("namespace " + name_ + ": its server has gone");
  return system->loopOf(id);
}

Address NamespaceBase::addressOf(std::string_view name) const {
  const auto& open = opened();
  return {open, objects::idFromName(open->key, name), std::string(name)};
}

Address NamespaceBase::addressOf(const ObjectId& id) const {
  const auto& open = opened();
  if (!objects::belongsTo(id, open->key))
    throw std::invalid_argument("the id " + id.toString() + " is of another namespace than " + name_);
  return {open, id, {}};
}

void NamespaceBase::open(objects::Objects& system, bool interleaves, Factory factory) {
  class_ = system.open(name_, interleaves, std::move(factory));
}

}  // namespace detail
}  // namespace duramen
