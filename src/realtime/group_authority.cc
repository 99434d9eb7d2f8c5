// What a group does when it turns out that a client is not, or may not do, what it was let in for.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "duramen/site_of.h"
#include "flight/encode.h"
#include "realtime/group.h"
#include "wire/frame_error.h"

namespace duramen::realtime {
namespace {

constexpr loop::Duration decideAgainAfter = std::chrono::seconds{1};
constexpr loop::Duration lastAnswer = std::chrono::seconds{1};
constexpr std::string_view emptyPage = "1:null\n";

}  // namespace

bool Group::mayShow(const Client& client) { return !client.ended && !client.undecided && !client.credentials->isDue(); }

void Group::showAgain(Client& client) {
  if (!client.view || !mayShow(client)) return;
  View& view = *client.view;
  if (view.troubled() && view.page()) answer(client, *view.page(), UINT64_MAX);
  if (client.needsPage)
    settle(view, client);
  else if (!view.stale() && view.page())
    answer(client, *view.page(), view.passVersion());
}

// It says so until a page comes: so one does when that is over, changed or not.
void Group::unknown(Client& client) {
  if (client.ended || client.gone) return;
  client.needsPage = true;
  refuse(client, std::string(wire::noRequest), status::unavailable,
         "the server cannot tell just now who you are; it tries again");
}

// Other values.

void Group::changed(Client& client) {
  if (client.ended || client.gone) return;
  const View* const view = client.view;
  const bool isApart = !view || !view->page() || !view->page()->reads.sameFor(*view->representative(), *client.who());
  if (isApart) {
    ++client.placing;  // a search for a place of whom it was
    abandon(client);
  }
  tasks_.spawn(decide(client.shared_from_this()));
}

// Whether the client may stay, and see what it looks at, as who it is now. If so it gets the page of that; if not, its
// browser comes again and gets what a new client would get.
Task<void> Group::decide(ClientPtr client) {
  const std::uint32_t deliberation = ++client->deliberations;
  client->undecided = true;
  std::string failure;
  try {
    for (;;) {
      const detail::IdentityPtr who = client->who();
      const std::string link = client->link;
      const Verdict joins = co_await environment_.site.mayJoin(who, key_);
      const Verdict views = co_await environment_.renderer.mayView(link, who);
      if (client->deliberations != deliberation || client->ended || client->gone) co_return;
      if (link != client->link) continue;  // it went elsewhere meanwhile
      if (!joins.allowed() || !views.allowed()) {
        ended(*client);
        co_return;
      }
      break;
    }
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  if (!failure.empty()) {
    decideLater(client, failure);
    co_return;
  }
  client->undecided = false;
  admitted(*client);
  const View* const view = client->view;
  const bool fits = view && view->page() && view->page()->reads.sameFor(*view->representative(), *client->who());
  if (fits)
    showAgain(*client);
  else
    enter(client, client->link);
}

// The lifetime of mayJoin's answer.

void Group::admitted(Client& client) {
  client.admittedUntil =
      environment_.site.decidesJoins() ? loop_.now() + environment_.options.joinLifetime : loop::TimePoint::max();
}

// Before the view's page is handed out: mayJoin is asked again, once for all who are known by the same.
void Group::readmit(const View& view) {
  if (!environment_.site.decidesJoins()) return;
  const loop::TimePoint now = loop_.now();
  std::map<const Credentials*, std::vector<ClientPtr>> due;
  for (Client* const client : view.clients()) {
    if (client->admittedUntil > now || client->undecided || client->ended) continue;
    client->undecided = true;
    due[client->credentials.get()].push_back(client->shared_from_this());
  }
  readmitting_ = true;
  for (auto& [credentials, clients] : due) tasks_.spawn(admitAgain(std::move(clients)));
  readmitting_ = false;
}

Task<void> Group::admitAgain(std::vector<ClientPtr> clients) {
  std::vector<std::uint32_t> deliberations;
  for (const ClientPtr& client : clients) deliberations.push_back(++client->deliberations);
  bool isAllowed = false;
  std::string failure;
  try {
    const Verdict joins = co_await environment_.site.mayJoin(clients.front()->who(), key_);
    isAllowed = joins.allowed();
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    Client& client = *clients[i];
    if (client.deliberations != deliberations[i] || client.ended || client.gone) continue;
    if (!failure.empty()) {
      decideLater(clients[i], failure);
    } else if (!isAllowed) {
      ended(client);
    } else {
      client.undecided = false;
      admitted(client);
      if (!readmitting_) showAgain(client);
    }
  }
}

// It stays undecided: what it shows stays.
void Group::decideLater(const ClientPtr& client, std::string_view failure) {
  undecided_.push_back(client);
  if (decideAgain_) return;
  environment_.log.error(fmt::format("mayJoin failed (key {}): {}; it is asked again", key_, failure));
  decideAgain_ = loop_.after(decideAgainAfter, [this] {
    decideAgain_.reset();
    for (const auto& waiting : std::exchange(undecided_, {}))
      if (const auto alive = waiting.lock(); alive && alive->undecided && !alive->gone && !alive->ended)
        tasks_.spawn(decide(alive));
  });
}

// The end of a session.

void Group::ended(Client& client) {
  if (std::exchange(client.ended, true)) return;
  const ClientPtr held = client.shared_from_this();
  ++client.placing;
  abandon(client);
  client.resumed.reset();
  client.queuedBytes = 0;
  for (const Asked& asked : std::exchange(client.queue, {})) {
    const app::Outcome outcome = refusalOf(client, asked.request.id.value_or(""));
    refuse(client, asked.request.requestId, outcome.status, outcome.error);
  }
  answerEnded(client);
  drop(held);
}

// What has run is answered, with no page; when nothing runs any more, or after a second, the socket is closed: what it
// shows is not to stay.
void Group::answerEnded(Client& client) {
  for (Answer& each : std::exchange(client.answers, {})) {
    if (client.gone) break;
    if (each.resultRows)
      send(client,
           wire::actionFrames(200, each.requestId,
                              *each.resultRows + std::string(emptyPage) + std::string(flight::resultEnvelope)),
           true);
    else
      refuse(client, each.requestId, status::notLoggedIn, "the page: the session has ended");
  }
  if (client.gone || client.isClosing) return;
  if (client.running == 0) return closeEnded(client);
  if (client.closing) return;
  client.closing = loop_.after(lastAnswer, [waiting = client.weak_from_this()] {
    const auto alive = waiting.lock();
    if (alive && !alive->gone) closeEnded(*alive);
  });
}

void Group::closeEnded(Client& client) {
  client.closing.reset();
  client.isClosing = true;
  client.outlet->loop().post([outlet = client.outlet, socket = client.socket] {
    outlet->close(socket, wire::close_code::sessionEnded, "the session has ended: connect again");
  });
}

app::Outcome Group::refusalOf(const Client& client, const std::string& action) const {
  const std::string name = action.empty() ? "the page" : action;
  if (!client.ended) return app::unknownSession(name);
  app::Outcome outcome;
  outcome.status = status::notLoggedIn;
  outcome.error = name + ": it was not run, since the session has ended";
  return outcome;
}

}  // namespace duramen::realtime
