#pragma once
// Realtime groups: all clients with one key belong to one RealtimeDurableObject. What they look at is rendered again
// when an action of theirs has run, or when the program says so.

#include <string_view>

#include "duramen/object.h"

namespace duramen {

namespace realtime {
class Groups;
}

// One for each key: who is there. Its clients, their views and their running actions live in realtime/group.h, on the
// loop of this object.
class RealtimeDurableObject : public DurableObject {
 public:
  // Reads of presence need not wait for one another.
  static constexpr bool interleaves = true;
  RealtimeDurableObject(ObjectState& state, const realtime::Groups& groups) : DurableObject(state), groups_(groups) {}

  // How many clients of this key are connected. A page of this key that reads it follows it, at most four times a
  // second.
  int readers() const;

 private:
  const realtime::Groups& groups_;
};

// Renders again what the clients of `key` look at; each gets the new page if it differs from what it shows. Returns at
// once. Any thread, from the server's start to its stop; before and after it does nothing. A key that begins with '/'
// is a path, compared in normal form.
void renderRealtimeClients(const Namespace<RealtimeDurableObject>& groups, std::string_view key = "default");

namespace app {
// For SiteOf: opens the namespace of groups.
void attachGroups(Namespace<RealtimeDurableObject>& space, objects::Objects& objects, realtime::Groups& groups);
}  // namespace app

}  // namespace duramen
