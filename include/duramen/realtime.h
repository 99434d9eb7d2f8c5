#pragma once
// Realtime groups: all clients with one key belong to one RealtimeDurableObject. What they look at is rendered again
// when an action of theirs has run, or when the program says so.

#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>

#include "duramen/object.h"
#include "duramen/task.h"
#include "duramen/value.h"

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

namespace detail {

template <class T>
std::string sessionValue(const void* session, std::ptrdiff_t offset) {
  Tape tape;
  appendValue(tape, *reinterpret_cast<const T*>(static_cast<const char*>(session) + offset));
  return {tape.data(), tape.size()};
}

// A member of a session, and a value: whose sessions are revoked.
struct RevokedSlot {
  const std::type_info* session = nullptr;
  std::ptrdiff_t offset = 0;
  std::string (*valueOf)(const void* session, std::ptrdiff_t offset) = nullptr;
  std::string value;
};
Task<void> revoke(const Namespace<RealtimeDurableObject>& groups, RevokedSlot slot);

// The namespace of groups in an Env.
template <class Env>
const Namespace<RealtimeDurableObject>& groupsIn(const Env& env) {
  const Namespace<RealtimeDurableObject>* found = nullptr;
  const auto look = [&]<class Member>(const Member& member) {
    if constexpr (std::same_as<Member, Namespace<RealtimeDurableObject>>) found = &member;
  };
  withMembers(env, [&](const auto&... member) { (look(member), ...); });
  if (!found) throw std::logic_error("revoke: the Env has no Namespace<RealtimeDurableObject>");
  return *found;
}

}  // namespace detail

// Context::revoke for the program's own code, such as one that locks an account: ends every realtime client whose
// session has `value` in this slot, on all loops, and then returns. Awaited by a task of any loop. Throws
// std::logic_error if the slot is no member of the app's Session.
template <class T, class Session, class Value>
Task<void> revoke(const Namespace<RealtimeDurableObject>& groups, T Session::* slot, const Value& value) {
  static_assert(
      detail::crosses<T>(),
      "a slot that is revoked is compared by value: use text, numbers, bool, enums, keys, optionals, vectors, "
      "or a struct of public members of these");
  static_assert(std::default_initializable<Session>, "revoke takes a member of a Session that Session{} makes");
  const Session any{};
  detail::Tape tape;
  detail::appendValue(tape, T(value));
  return detail::revoke(groups,
                        {.session = &typeid(Session),
                         .offset = reinterpret_cast<const char*>(&(any.*slot)) - reinterpret_cast<const char*>(&any),
                         .valueOf = &detail::sessionValue<T>,
                         .value = {tape.data(), tape.size()}});
}

namespace app {
// For SiteOf: opens the namespace of groups.
void attachGroups(Namespace<RealtimeDurableObject>& space, objects::Objects& objects, realtime::Groups& groups);
}  // namespace app

}  // namespace duramen
