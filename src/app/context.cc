#include "duramen/context.h"

#include <stdexcept>

#include <algorithm>

namespace duramen::detail {

void Reads::add(std::ptrdiff_t offset, ValueOf valueOf, const void* session) {
  const auto at = std::ranges::lower_bound(slots_, offset, {}, &Slot::offset);
  // Two members may begin at one place (a struct and its first member): both are kept.
  for (auto same = at; same != slots_.end() && same->offset == offset; ++same)
    if (same->valueOf == valueOf) return;
  slots_.insert(at, Slot{offset, valueOf, valueOf(session, offset)});
}

bool Reads::sameFor(const Identity& self, const Identity& other) const {
  if (&self == &other) return true;
  if (everything_) return false;
  return std::ranges::all_of(
      slots_, [&](const Slot& slot) { return slot.valueOf(other.session(), slot.offset) == slot.value; });
}

bool Reads::equalBetween(const Identity& a, const Identity& b) const {
  if (&a == &b) return true;
  if (everything_) return false;
  return std::ranges::all_of(slots_, [&](const Slot& slot) {
    return slot.valueOf(a.session(), slot.offset) == slot.valueOf(b.session(), slot.offset);
  });
}

void throwNoAction(std::string_view what) {
  throw std::logic_error(std::string(what) + " was called on a Context that is no action's");
}

void setCookie(ActionReply* reply, const Cookie& cookie) {
  if (!reply) throwNoAction("setCookie");
  static_cast<void>(toString(cookie));  // throws if it cannot be written
  if (!reply->takesCookies)
    throw ActionError("it sets a cookie, which the realtime socket cannot carry: call it from a form");
  reply->cookies.push_back(cookie);
}

}  // namespace duramen::detail
