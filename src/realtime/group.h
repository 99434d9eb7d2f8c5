#pragma once
// All clients with one key. A group owns its clients, their views and their running actions, on one loop; sockets come
// and go on others. What it promises is R1, R2, R3, R4, R5 and R9 of docs/architecture.md.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/task_set.h"
#include "duramen/id.h"
#include "duramen/site.h"
#include "flight/encode.h"
#include "realtime/action_counts.h"
#include "realtime/authority.h"
#include "realtime/client.h"
#include "realtime/views.h"

namespace duramen::realtime {

// What an action is refused with that did not run, beside what a Site says.
namespace status {
inline constexpr int notLoggedIn = 401;
inline constexpr int unavailable = 503;
}  // namespace status

struct GroupOptions {
  PassLimits passes;
  AuthorityOptions authority;
  loop::Duration joinLifetime = std::chrono::seconds{60};  // of mayJoin's answer: a pass after it asks again
  loop::Duration presenceInterval =
      std::chrono::milliseconds{250};  // at most one mark for joins and leaves in this time
  // Of one client: so many run or are owed their answers, and so many wait; above, its socket is not read from.
  std::size_t queuedActions = 64;
  std::size_t queuedBytes = 4 * 1024 * 1024;
  // Of one client: each change of what it looks at may cost a render of its own, whether it navigates or calls an
  // action from another page. So many a second, and so many at once after a pause; above, they wait in the queue.
  double navigationsPerSecond = 20;
  double navigationsAtOnce = 20;
  // Of one client: while more of its answers are unread, its next action does not start.
  std::size_t unreadBytes = 256 * 1024;
  // Of one client: the part of a loop's time that its actions may take, a second's worth of it at once; above, the next
  // ones wait in the queue.
  double workShare = 0.1;

  // What one change of a view costs of a client's time, and what it may spend at once.
  loop::Duration navigationCost() const { return loop::scaled(std::chrono::seconds{1}, 1 / navigationsPerSecond); }
  loop::Duration navigationRoom() const { return loop::scaled(navigationCost(), navigationsAtOnce); }
  // Of one key: distinct views at once, and what their pages take of memory. A client that needs one more is turned
  // away (1013): it comes again, later.
  std::size_t views = 10'000;
  std::size_t viewBytes = std::size_t{256} * 1024 * 1024;
};

// What all groups share.
struct GroupEnvironment {
  app::Site& site;
  Renderer& renderer;
  const flight::References& references;
  GroupOptions options;
  Log log;
  ActionCounts& actions;
  ByteBudget clientMemory{SIZE_MAX};  // of the answers of all clients, beside what is counted elsewhere
  ByteBudget viewMemory{SIZE_MAX};    // of the pages of all keys
};

inline constexpr std::string_view noMemoryLeft = "the server has no memory left";

// A client that joins: who it is was decided before (R9), and so was whether it may.
struct Joining {
  std::string key;
  std::string link;  // path and query
  detail::IdentityPtr who;
  std::optional<std::string> kept;  // to ask again who it is (app::Recognized); nothing: it stays who it is
  std::uint64_t revocations = 0;    // Groups::revocations() when that was decided
  bool forwardsResponses = false;
  Outlet* outlet = nullptr;
  SocketId socket;
};

class Group final : private PassListener, private AuthorityListener {
 public:
  // `id` is the RealtimeDurableObject's. `forgettable` is posted to the loop when the last client's last action has
  // run. REQUIRES: `environment` and `authority`, the loop's, outlive the group.
  Group(std::string key, ObjectId id, loop::Loop& loop, const GroupEnvironment& environment, Authority& authority,
        std::function<void()> forgettable);

  // `isOld`: there was a revocation since it was decided who joins.
  void join(ClientId id, Joining joining, bool isOld = false);
  void leave(ClientId id);
  void message(ClientId id, wire::ActionRequest request, ByteBudget::Place charge = {});
  // There was no memory for a message of this client.
  void giveUp(ClientId id);
  // From here on nothing begins: what waits, and what comes, is refused with 503.
  void drain();
  // Whether no action runs and no answer is owed.
  bool isQuiet() const;
  // Goes on with what found no memory.
  void resume();
  // Everything that the group's clients look at may have changed.
  void mark();

  std::size_t readers() const { return readers_; }
  std::size_t views() const { return views_.size(); }
  // Whether nobody is here and nothing that somebody asked for is left to do: the group may be forgotten.
  bool idle() const { return clients_.empty(); }

 private:
  using ClientPtr = std::shared_ptr<Client>;

  // A client's way to a view.
  void navigate(const ClientPtr& client, std::string link);
  void enter(const ClientPtr& client, std::string link);
  void seek(const ClientPtr& client, std::string link);
  // Gives the client a view, unless there are too many: whether it has one.
  bool place(Client& client);
  Task<void> shareView(ClientPtr client, std::string link);
  void settle(View& view, Client& client);
  void abandon(Client& client);

  // Passes.
  std::uint64_t nextVersion() override { return ++version_; }
  void passed(View& view, Rendered rendered) override;
  void show(View& view, Rendered rendered);
  void missed(View& view, std::string_view why) override;
  const Log& log() const override { return environment_.log; }
  void part(View& view);
  void unite(View& view, View& twin);
  void deliver(View& view, bool changed);
  // Sends the answers that this page satisfies, as one that was rendered by pass `passVersion`; whether there were any.
  bool answer(Client& client, const Rendered& page, std::uint64_t passVersion);

  // Actions.
  void pump(const ClientPtr& client);
  void startAll(const ClientPtr& client);
  std::vector<Asked>::iterator nextToStart(Client& client, loop::Duration& wait);
  loop::Duration waitOf(const Client& client, const Asked& asked) const;
  void start(const ClientPtr& client, Asked asked);
  void run(const ClientPtr& client, Asked asked);
  Task<void> act(ClientPtr client, wire::ActionRequest request, ByteBudget::Place charge);
  Task<app::Outcome> outcomeOf(const ClientPtr& client, const wire::ActionRequest& request);
  void holdOrResume(Client& client) const;
  static void hasRun(Client& client, bool alone);
  void finish(const ClientPtr& client, const wire::ActionRequest& request, app::Outcome outcome);
  void refuse(Client& client, const std::string& requestId, int status, std::string_view why,
              std::string_view field = {});
  void drop(const ClientPtr& client);

  // Ends clients for which there is no place, or no memory.
  void sayFull(std::string_view option);
  static void turnAway(const Client& client, std::string_view why);
  static void giveUp(const Client& client);
  void giveUp(View& view);
  // Who may stay (group_authority.cc).
  void unknown(Client& client) override;
  void confirmed(Client& client) override { showAgain(client); }
  void changed(Client& client) override;
  void ended(Client& client) override;
  // Whether the client may be handed a page now.
  static bool mayShow(const Client& client);
  // Hands out what was held back.
  void showAgain(Client& client);
  void readmit(const View& view);
  Task<void> admitAgain(std::vector<ClientPtr> clients);
  Task<void> decide(ClientPtr client);
  void admitted(Client& client);
  void decideLater(const ClientPtr& client, std::string_view failure);
  void answerEnded(Client& client);
  static void closeEnded(Client& client);
  app::Outcome refusalOf(const Client& client, const std::string& action) const;

  void presenceChanged();
  void markPresence();
  bool countsClients(const Rendered& page) const;
  void send(Client& client, std::string frames, bool withPage);
  SharedFrame counted(Client& client, std::string frames);
  bool hasMuchToRead(const Client& client) const;

  std::string key_;
  ObjectId id_;
  loop::Loop& loop_;
  const GroupEnvironment& environment_;
  Authority& authority_;
  std::function<void()> forgettable_;
  std::uint64_t version_ = 0;
  std::size_t readers_ = 0;
  bool draining_ = false;
  std::unordered_map<ClientId, ClientPtr> clients_;
  Views views_;

  std::optional<loop::TimePoint> saidFull_;
  std::vector<std::weak_ptr<Client>> undecided_;  // mayJoin failed for them
  loop::Timer decideAgain_;
  bool readmitting_ = false;  // a page is about to be handed out to those who are let in at once

  loop::TimePoint lastPresence_{};
  bool presenceMarked_ = false;
  std::uint64_t presenceVersion_ = 0;  // version_ when joins and leaves were marked last
  loop::Timer presence_;
  TaskSet tasks_;  // last: dropped before what its tasks use
};

}  // namespace duramen::realtime
