#pragma once
// One client of a group: one page in one browser, over one socket. Owned by its group, touched on the group's loop
// only.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "duramen/context.h"
#include "loop/pace.h"
#include "realtime/authority.h"
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

// What a client has asked for and waits for its turn.
struct Asked {
  wire::ActionRequest request;
  std::string link;  // path and query of its clientUrl
  ByteBudget::Place charge = {};
};

// Bytes of a client's answers that its socket has not sent yet. Any thread.
using Unread = std::atomic<std::size_t>;

struct Client : std::enable_shared_from_this<Client> {
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (credentials) credentials->remove(*this);
  }
  const detail::IdentityPtr& who() const { return credentials->who(); }

  ClientId id = 0;
  Outlet* outlet = nullptr;
  SocketId socket;
  CredentialsPtr credentials;             // who it is; shared with those that are known by the same
  AuthorityListener* listener = nullptr;  // its group
  std::uint32_t placeInCredentials = 0;   // the authority's
  std::uint32_t deliberations = 0;        // raised when its group begins to decide again whether it may stay
  loop::TimePoint admittedUntil{};        // when mayJoin's answer is too old
  bool undecided = false;                 // gets no page until that, and its page's guards, have answered
  bool ended = false;                     // its session has: it gets no page any more…
  bool isClosing = false;                 // …and its socket has been told to close
  bool forwardsResponses = false;         // wants pages whose status is not 2xx, too
  std::string link;                       // path and query of what it looks at

  bool gone = false;
  View* view = nullptr;         // none while a place is sought for it
  std::size_t indexInView = 0;  // View::clients()[indexInView] is this
  bool needsPage = false;       // gets the view's page even if that has not changed
  std::uint64_t placing = 0;    // raised when the link changes: an older search for a place is void

  std::vector<Asked> queue;  // in order of arrival; a few at most, and mostly none
  std::size_t queuedBytes = 0;
  bool busy = false;  // an action runs that the next ones wait for
  bool pumping = false;
  std::size_t running = 0;
  loop::Pace navigations;  // each change of its view
  loop::Pace work;         // the CPU time that its actions take of the loop
  loop::Timer resumed;     // while something in the queue waits for one of these
  loop::Timer closing;     // of a client whose session has ended, until its socket is closed
  bool held = false;       // its socket is not read from: the queue is full
  std::vector<Answer> answers;
  std::shared_ptr<Unread> unread;  // null: none ever
};

}  // namespace duramen::realtime
