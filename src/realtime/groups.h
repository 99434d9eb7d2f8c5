#pragma once
// All groups of one server: which loop each lives on, and the way there from any thread. A group is made by the first
// client that joins and forgotten when nobody is there and nothing runs.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "duramen/keyed_hash.h"
#include "duramen/object.h"
#include "duramen/realtime.h"
#include "realtime/group.h"

namespace duramen::realtime {

// How many there are.
struct GroupNumbers {
  std::size_t groups = 0;
  std::size_t clients = 0;
  std::size_t views = 0;
};

class Groups {
 public:
  // REQUIRES: `environment` and the loops outlive it.
  Groups(std::vector<loop::Loop*> loops, const GroupEnvironment& environment);
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  ~Groups();

  // For attachGroups: the namespace that the groups' objects are in.
  void attach(Namespace<RealtimeDurableObject>& space);

  // A client's way to its group, from any thread. Messages of one thread arrive in order.
  class Member {
   public:
    Member() = default;
    // `charge`: what the request takes, until it has run.
    void message(wire::ActionRequest request, ByteBudget::Place charge = {}) const;
    void leave() const;

   private:
    friend Groups;
    Groups* groups_ = nullptr;
    std::size_t table_ = 0;
    std::string key_;
    ClientId id_ = 0;
  };
  // REQUIRES: the site has a realtimeRoute. The client's pages come by the outlet from here on.
  Member join(Joining joining);
  // How many revocations there were. Any thread. Whoever decides who a client is asks before.
  std::uint64_t revocations() const { return revocations_.load(std::memory_order_acquire); }
  // Context::revoke: ends the clients with this value on all loops, and is done when the sockets' loops know. Any
  // thread begins it.
  Task<void> revoke(detail::RevokedSlot slot);
  // The same, of the groups that a namespace has as its companion; does nothing before they are there, and after.
  static Task<void> revokeIn(std::shared_ptr<void> companion, detail::RevokedSlot slot);
  // Marks what the clients of `key` look at. Any thread.
  void render(std::string_view key);
  // On the loop of the key's object.
  std::size_t readers(std::string_view key) const;
  // Of this loop, on it; a walk over its groups.
  GroupNumbers numbers(const loop::Loop& loop) const;

  // From here on no action begins: what waits, and what comes, is refused with 503. Calls `quiet` once, on some loop,
  // when none runs and all answers that are owed are with their outlets.
  void drain(Work quiet);
  // Drops all groups, on their loops, and waits for that. REQUIRES: the loops run (or are the caller's to run: `run` is
  // called until it is done).
  void clear(const std::function<void()>& run = {});

 private:
  // The groups of one loop; touched there only.
  struct Table {
    loop::Loop* loop = nullptr;
    std::unique_ptr<Authority> authority;
    KeyedMap<std::string, std::unique_ptr<Group>> groups;
    loop::Timer quietCheck;
    bool draining = false;
  };
  struct Place {
    std::size_t table = 0;
    ObjectId id;
  };
  Place placeOf(const std::string& key) const;
  // Runs `use` with the group on its loop, if it is there; forgets it afterwards when it is idle.
  void visit(std::size_t table, std::string key, std::move_only_function<void(Group&)> use);
  void forgetIfIdle(Table& table, const std::string& key);
  void admit(Table& table, ObjectId object, ClientId id, Joining joining);
  void checkQuiet(std::size_t table, std::shared_ptr<Work> quiet);

  std::vector<std::unique_ptr<Table>> tables_;
  const GroupEnvironment& environment_;
  Namespace<RealtimeDurableObject>* space_ = nullptr;
  std::atomic<ClientId> nextClient_ = 1;
  std::atomic<std::uint64_t> revocations_ = 0;

  // What renderRealtimeClients finds in the namespace, also after the groups have gone.
  struct Link {
    std::mutex mutex;
    Groups* groups = nullptr;
  };
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  friend void duramen::renderRealtimeClients(const Namespace<RealtimeDurableObject>& groups, std::string_view key);
};

}  // namespace duramen::realtime
