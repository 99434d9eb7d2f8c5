#include "objects/instance.h"

#include <fmt/format.h>

#include <stdexcept>

#include "loop/stopwatch.h"
#include "objects/host.h"
#include "objects/objects.h"

namespace duramen::objects {
namespace {

constexpr int eventsAtATime = 64;
// About: the instance with its memory, tasks, queue and places in maps; an entry's node with two texts and their
// blocks.
constexpr std::size_t bytesOfInstance = 2'048, bytesOfEntry = 192;

}  // namespace

void reply(const std::shared_ptr<detail::CallState>& state) {
  state->home->post([state] {
    if (state->waiter) std::exchange(state->waiter, nullptr).resume();
  });
}

void reply(const Event& event, std::shared_ptr<const std::string> answerer, Log log) {
  event.state->home->post([state = event.state, method = event.method, answerer = std::move(answerer),
                           log = std::move(log)] {
    const loop::Stopwatch watching{log, [&] { return fmt::format("what waited for {} of {}", *method, *answerer); }};
    if (state->waiter) std::exchange(state->waiter, nullptr).resume();
  });
}

StorageError serverHasStopped() { return {StorageError::Reason::stopped, "the server has stopped"}; }

Instance::Instance(Host& host, std::shared_ptr<const detail::ObjectClass> objectClass, ObjectMemory::Owner owner)
    : host_(host), class_(std::move(objectClass)), owner_(std::move(owner)), tasks_(std::make_unique<TaskSet>(*this)) {
  makeMemory();
}

Instance::~Instance() { *alive_ = false; }

loop::Loop& Instance::loop() { return host_.loop(); }
void Instance::post(Work work) { host_.loop().post(std::move(work)); }

void Instance::makeMemory() {
  state_.reset();
  memory_ = std::make_unique<ObjectMemory>(
      owner_, host_.committer(), host_.loop(), host_.options().wallSeconds,
      [this](const StoreFailure& failure) { reset(failure); }, class_->interleaves);
  state_ = std::make_unique<ObjectState>(memory_->owner().id, memory_->owner().name, *memory_, this);
}

std::size_t Instance::memoryBytes() const {
  return bytesOfInstance + memory_->bytes() + memory_->entries() * bytesOfEntry + 2 * owner_.name.size();
}

bool Instance::isIdle() const {
  return queue_.empty() && running_.empty() && holds_ == 0 && !isLoading_ && !memory_->hasPending();
}

void Instance::deliver(Event event) {
  if (waitsForItself(event)) {
    event.state->error = std::make_exception_ptr(
        std::logic_error(title() + " is called by what one of its own events waits for: it would wait for ever"));
    return reply(event.state);
  }
  event.came = loop().now();
  queue_.push_back(std::move(event));
  // The event is in the queue: from here on it is answered from there, and this throws nothing.
  try {
    if (isLoaded_)
      pump();
    else if (!isLoading_)
      load();
  } catch (const std::bad_alloc&) {
    pumpLater();
  }
}

void Instance::load() {
  try {
    beginLoad();
  } catch (const std::bad_alloc&) {
    isLoading_ = false;
    refuseAll({StoreFailure::Reason::noMemory, "no memory"});
  }
}

void Instance::beginLoad() {
  isLoading_ = true;
  host_.committer().load(id(), host_.loop(), [this, alive = alive_, life = life_](Stored<StoredObject> stored) {
    if (*alive && life == life_) loaded(std::move(stored));
  });
}

void Instance::loaded(Stored<StoredObject> stored) {
  isLoading_ = false;
  if (!stored) {
    refuseAll(stored.error());
    return host_.touch(*this);
  }
  memory_->fill(std::move(*stored));
  isLoaded_ = true;
  pump();
}

void Instance::refuseAll(const StoreFailure& failure) {
  const bool hadMemory = failure.reason != StoreFailure::Reason::noMemory;
  const auto reason = hadMemory ? StorageError::Reason::unreadable : StorageError::Reason::noMemory;
  const auto error = std::make_exception_ptr(StorageError{reason, title() + " could not be read: " + failure.what});
  for (; !queue_.empty(); queue_.pop_front()) {
    queue_.front().state->error = error;
    reply(queue_.front().state);
  }
}

// One event at a time; of a class that interleaves, the next begins while one waits.
void Instance::pump() {
  for (int begun = 0; !queue_.empty() && (running_.empty() || class_->interleaves); ++begun) {
    // Other objects of the loop have their turn too.
    if (begun == eventsAtATime) return pumpLater();
    Event event = std::move(queue_.front());
    queue_.pop_front();
    if (!event.state->abandoned.load(std::memory_order_relaxed)) start(std::move(event));
  }
  host_.touch(*this);
}

void Instance::start(Event event) {
  std::optional<Task<void>> task;
  try {
    const loop::Stopwatch watching{host_.options().log,
                                   [&] { return fmt::format("{} of {}", *event.method, title()); }};
    construct();
    task = event.invoke(*object_, *event.state);
  } catch (...) {
    event.state->error = std::current_exception();
  }
  if (!task) return finish(std::move(event));
  const std::shared_ptr<detail::CallState> state = event.state;
  auto at = running_.end();
  try {
    at = running_.insert(running_.end(), std::move(event));
    tasks_->spawn(run(std::move(*task), at));
  } catch (const std::bad_alloc&) {
    // It has not begun.
    if (at != running_.end()) running_.erase(at);
    state->error = std::current_exception();
    reply(state);
  }
}

// In the first event; if it throws, that event fails and the next one tries again.
void Instance::construct() {
  if (!object_) object_ = class_->factory(*state_);
}

Task<void> Instance::run(Task<void> task, Running::iterator at) {
  co_await std::move(task);
  Event event = std::move(*at);
  running_.erase(at);
  finish(std::move(event));
  // By work of its own: the next event shall not run on top of this frame.
  pumpLater();
}

void Instance::pumpLater() {
  if (pumpPosted_) return;
  host_.loop().post([this, alive = alive_] {
    if (!*alive) return;
    pumpPosted_ = false;
    if (isLoaded_) pump();
  });
  pumpPosted_ = true;
}

// The output gate: the answer waits for what its event wrote, and for what it may have seen.
void Instance::finish(Event event) {
  event.invoke = nullptr;
  const std::shared_ptr<detail::CallState> state = event.state;
  try {
    await(std::move(event));
  } catch (const std::bad_alloc&) {
    // What it wrote goes with the next event's; nobody can say whether it will be there.
    state->error = std::current_exception();
    reply(state);
  }
}

void Instance::await(Event event) {
  const CommitPtr commit = memory_->handOver();
  if (!commit) return answer(event);
  commit->waiting.emplace_back([this, alive = alive_, event = std::move(event)](const Commit& settled) {
    if (!settled.failure) return *alive ? answer(event) : reply(event.state);
    if (*alive) return fail(event, *settled.failure);
    event.state->error = std::make_exception_ptr(storageError(*settled.failure, "an object that has left memory: "));
    reply(event.state);
  });
}

void Instance::fail(const Event& event, const StoreFailure& failure) {
  event.state->error = std::make_exception_ptr(storageError(failure, title() + ": "));
  reply(event.state);
}

void Instance::answer(const Event& event) {
  if (!event.isTold && loop().now() - event.came >= longWait)
    sayWaiting(event, "the disk had to take what it depends on");
  reply(event, sharedTitle(), host_.options().log);
}

const std::shared_ptr<const std::string>& Instance::sharedTitle() {
  if (!title_) title_ = std::make_shared<const std::string>(title());
  return title_;
}

bool Instance::tellWaiting(loop::TimePoint since) {
  for (Event& event : running_)
    if (event.came <= since) tellWaiting(event, "its event runs, and waits for something itself");
  for (Event& event : queue_)
    if (event.came <= since)
      tellWaiting(event, isLoaded_ ? "other events are before it" : "the object is read from the disk");
  return !running_.empty() || !queue_.empty();
}

void Instance::tellWaiting(Event& event, std::string_view how) {
  if (!std::exchange(event.isTold, true)) sayWaiting(event, how);
}

void Instance::sayWaiting(const Event& event, std::string_view how) {
  host_.options().log.warning(fmt::format("a call of {} of {} has waited for {:.1f} s: {}", *event.method, title(),
                                          loop::inSeconds(loop().now() - event.came), how),
                              {"calls of " + title()});
}

std::string Instance::title() const {
  const ObjectMemory::Owner& owner = memory_->owner();
  return "object " + owner.className + "/" + (owner.name.empty() ? owner.id.toString() : owner.name);
}

void Instance::reset(const StoreFailure& failure) {
  ++life_;
  isLoaded_ = isLoading_ = false;
  // None of them is on the stack: a completion is work of its own.
  tasks_ = std::make_unique<TaskSet>(*this);
  object_.reset();
  makeMemory();
  for (Event& event : std::exchange(running_, {})) fail(event, failure);
  if (!queue_.empty()) load();
}

void Instance::stop() {
  tasks_ = std::make_unique<TaskSet>(*this);
  const auto end = [](const Event& event) {
    event.state->error = std::make_exception_ptr(serverHasStopped());
    reply(event.state);
  };
  for (const Event& event : running_) end(event);
  for (const Event& event : queue_) end(event);
}

void Instance::callOut(Work call) {
  const CommitPtr commit = memory_->handOver();
  if (!commit) return call();
  commit->waiting.emplace_back([call = std::move(call)](const Commit& settled) mutable {
    // After a failure the event that calls is dropped with its object.
    if (!settled.failure) call();
  });
}

std::shared_ptr<const CallChain> Instance::chain() const {
  if (class_->interleaves || running_.empty()) return nullptr;
  return std::make_shared<const CallChain>(id(), running_.front().callers);
}

bool Instance::waitsForItself(const Event& event) const {
  for (const CallChain* at = event.callers.get(); at; at = at->caller.get())
    if (at->object == id()) return true;
  return false;
}

}  // namespace duramen::objects
