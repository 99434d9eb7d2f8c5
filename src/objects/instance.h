#pragma once
// One object in memory: its events, in order, one at a time; its answers, which wait at the output gate. On its loop.

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/task_set.h"
#include "duramen/call.h"
#include "objects/object_memory.h"

namespace duramen::objects {

class Host;

// The objects whose events wait for a call, the latest first: a call to one of them would wait for itself.
struct CallChain {
  ObjectId object;
  std::shared_ptr<const CallChain> caller;
};

// A call that has come to its object.
struct Event {
  detail::Invoke invoke;
  const std::string_view* method;  // its name: "Note::setText"
  std::shared_ptr<detail::CallState> state;
  std::shared_ptr<const CallChain> callers;
  loop::TimePoint came{};
  bool isTold = false;  // that it waits for long
};

// A call that waits for so long is in the log.
inline constexpr loop::Duration longWait = std::chrono::seconds{5};

// Posts what the state holds to its caller. Any time: the object may have gone before the disk has answered.
void reply(const std::shared_ptr<detail::CallState>& state);
// The same; what goes on then is watched (loop/stopwatch.h), and named after the call and the object that answered.
void reply(const Event& event, std::shared_ptr<const std::string> answerer, Log log);
StorageError serverHasStopped();

class Instance final : public Executor {
 public:
  Instance(Host& host, std::shared_ptr<const detail::ObjectClass> objectClass, ObjectMemory::Owner owner);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() override;

  const ObjectId& id() const { return memory_->owner().id; }
  loop::Loop& loop();
  // The executor of its events' tasks; what awaits in them resumes on the loop.
  void post(Work work) override;

  void deliver(Event event);
  // Whether nothing runs, waits or is on its way, and nobody holds it.
  bool isIdle() const;
  void hold(int by) { holds_ += by; }
  // Fails what runs and what waits. An event that has ended is answered when its writes are durable, as ever.
  void stop();

  // Whether there are events that have not ended. Each that came before `since` is told of in the log, once.
  bool tellWaiting(loop::TimePoint since);
  // A call that leaves one of its events: after what the event wrote so far is durable.
  void callOut(Work call);
  // What a call of the running event waits for. Of a class that interleaves, nothing does.
  std::shared_ptr<const CallChain> chain() const;

  // What it takes of the memory, about: what it has stored, and what each instance and each entry costs beside.
  std::size_t memoryBytes() const;

  loop::TimePoint lastUsed{};
  std::size_t countedBytes = 0;          // by the host
  std::list<Instance*>::iterator place;  // in the host's list, by last use

 private:
  using Running = std::list<Event>;

  void makeMemory();
  // Fails what runs, and forgets what is in memory: the next event finds what is stored.
  void reset(const StoreFailure& failure);
  void load();
  void beginLoad();
  void loaded(Stored<StoredObject> stored);
  void refuseAll(const StoreFailure& failure);
  void pump();
  void pumpLater();
  void start(Event event);
  Task<void> run(Task<void> task, Running::iterator event);
  void finish(Event event);
  void await(Event event);
  void fail(const Event& event, const StoreFailure& failure);
  bool waitsForItself(const Event& event) const;
  // "object notes/n1"
  std::string title() const;
  const std::shared_ptr<const std::string>& sharedTitle();
  void answer(const Event& event);
  void tellWaiting(Event& event, std::string_view how);
  void sayWaiting(const Event& event, std::string_view how);
  void construct();

  Host& host_;
  const std::shared_ptr<const detail::ObjectClass> class_;
  const ObjectMemory::Owner owner_;
  std::unique_ptr<ObjectMemory> memory_;
  std::unique_ptr<ObjectState> state_;
  std::unique_ptr<DurableObject> object_;
  std::deque<Event> queue_;
  Running running_;
  int holds_ = 0;
  bool isLoaded_ = false;
  bool isLoading_ = false;
  bool pumpPosted_ = false;
  std::shared_ptr<const std::string> title_;  // once somebody was answered
  std::uint64_t life_ = 0;                    // raised by each reset: what was asked for before it is void
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<TaskSet> tasks_;  // last: its tasks use the object
};

}  // namespace duramen::objects
