#pragma once
// One client of a group: one page in one browser, over one socket. Owned by its group, touched on the group's loop
// only.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "duramen/context.h"
#include "loop/loop.h"
#include "realtime/outlet.h"
#include "wire/realtime.h"

namespace duramen::realtime {

class View;

using ClientId = std::uint64_t;  // never used again

// What a client is owed for one of its requests: it travels with the page of a pass that began after the request was
// done.
struct Answer {
  std::string requestId;
  std::optional<std::string> resultRows;  // an action's result; none for a navigation
  std::uint64_t after = 0;                // the group's version when the request was done
};

struct Client : std::enable_shared_from_this<Client> {
  ClientId id = 0;
  Outlet* outlet = nullptr;
  SocketId socket;
  detail::IdentityPtr who;
  bool forwardsResponses = false;  // wants pages whose status is not 2xx, too
  std::string link;                // path and query of what it looks at

  bool gone = false;
  View* view = nullptr;         // none while a place is sought for it
  std::size_t indexInView = 0;  // View::clients()[indexInView] is this
  bool needsPage = false;       // gets the view's page even if that has not changed
  std::uint64_t placing = 0;    // raised when the link changes: an older search for a place is void

  std::vector<wire::ActionRequest> queue;  // in order of arrival; a few at most, and mostly none
  bool busy = false;                       // an action runs that the next ones wait for
  std::size_t running = 0;
  double navigations = 0;  // that it may begin now, up to `refilled`
  loop::TimePoint refilled{};
  loop::Timer refill;  // while one waits for that
  bool held = false;   // its socket is not read from: the queue is full
  std::vector<Answer> answers;
};

}  // namespace duramen::realtime
