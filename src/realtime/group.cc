#include "realtime/group.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/found_memory.h"
#include "duramen/site_of.h"
#include "flight/encode.h"
#include "loop/stopwatch.h"
#include "realtime/link.h"
#include "wire/frame_error.h"

namespace duramen::realtime {
namespace {

// What the actions of one client may take at once of its share.
constexpr loop::Duration workAtOnce = std::chrono::seconds{1};
constexpr std::size_t answerOverhead = 256;  // what an answer's objects take beside its bytes
constexpr std::string_view noRoomForPage = "the server has no memory left for another page";
constexpr std::string_view goingAway = "the server is going away: this was not run";

bool isSuccess(int status) { return status >= 200 && status < 300; }

}  // namespace

Group::Group(std::string key, ObjectId id, loop::Loop& loop, const GroupEnvironment& environment, Authority& authority,
             std::function<void()> forgettable)
    : key_(std::move(key)),
      id_(id),
      loop_(loop),
      environment_(environment),
      authority_(authority),
      forgettable_(std::move(forgettable)),
      views_(loop, environment.renderer, environment.options.passes, *this, environment.viewMemory),
      tasks_(loop) {}

// Clients.

void Group::join(ClientId id, Joining joining, bool isOld) {
  auto client = std::make_shared<Client>();
  client->id = id;
  client->outlet = joining.outlet;
  client->socket = joining.socket;
  client->listener = this;
  authority_.add(*client, std::move(joining.who), std::move(joining.kept), isOld);
  admitted(*client);
  client->forwardsResponses = joining.forwardsResponses;
  clients_.emplace(id, client);
  ++readers_;
  enter(client, std::move(joining.link));
  presenceChanged();
}

void Group::leave(ClientId id) {
  const auto at = clients_.find(id);
  if (at == clients_.end() || at->second->gone) return;
  const ClientPtr client = at->second;
  client->gone = true;
  client->answers.clear();
  --readers_;
  ++client->placing;
  abandon(*client);
  // Without memory for the others, it goes all the same.
  static_cast<void>(foundMemory([&] { presenceChanged(); }));
  pump(client);
  drop(client);
}

void Group::mark() {
  views_.forEach([](View& view) { view.mark(); });
}

void Group::resume() {
  views_.forEach([](View& view) { view.resume(); });
}

void Group::presenceChanged() {
  if (presence_) return;
  const loop::Duration since = loop_.now() - lastPresence_;
  if (!presenceMarked_ || since >= environment_.options.presenceInterval) return markPresence();
  presence_ = loop_.after(environment_.options.presenceInterval - since, [this] {
    presence_.reset();
    markPresence();
  });
}

void Group::markPresence() {
  presenceMarked_ = true;
  lastPresence_ = loop_.now();
  presenceVersion_ = version_;
  views_.forEach([this](View& view) {
    if (view.page() && countsClients(*view.page())) view.mark();
  });
}

bool Group::countsClients(const Rendered& page) const { return std::ranges::binary_search(page.dependencies, id_); }

// A client's way to a view.

// At its client's wish, and at its cost.
void Group::navigate(const ClientPtr& client, std::string link) {
  client->navigations.pay(loop_.now(), environment_.options.navigationCost());
  enter(client, std::move(link));
}

void Group::enter(const ClientPtr& client, std::string link) {
  try {
    seek(client, std::move(link));
  } catch (const std::bad_alloc&) {
    giveUp(*client);
  }
}

void Group::seek(const ClientPtr& client, std::string link) {
  abandon(*client);
  ++client->placing;
  client->link = std::move(link);
  client->needsPage = true;
  View* const view = views_.find(client->link, *client->who());
  if (view && view->page())
    tasks_.spawn(shareView(client, client->link));
  else
    place(*client);
}

// Somebody else's render waits for the client's own guards.
Task<void> Group::shareView(ClientPtr client, std::string link) {
  const std::uint64_t placing = client->placing;
  try {
    const Verdict verdict = co_await environment_.renderer.mayView(link, client->who());
    if (client->placing != placing) co_return;
    if (!place(*client)) co_return;
    // What a guard decides may have changed since the view's last pass: then that render is handed to nobody new.
    if (!verdict.allowed())
      client->view->mark();
    else
      settle(*client->view, *client);
  } catch (const std::bad_alloc&) {
    if (client->placing == placing) giveUp(*client);
  }
}

bool Group::place(Client& client) {
  View* view = views_.find(client.link, *client.who());
  const GroupOptions& options = environment_.options;
  if (!view) {
    const bool tooMany = views_.size() >= options.views;
    if (tooMany || views_.bytes() >= options.viewBytes) {
      turnAway(client, "this key has too many views");
      sayFull(tooMany ? "--max-views-of-key" : "--max-view-bytes-of-key");
      return false;
    }
    if (!views_.haveRoom()) {
      turnAway(client, noRoomForPage);
      sayFull("--max-view-bytes");
      return false;
    }
  }
  if (!view) {
    view = &views_.add(client.link, client.who());
    view->mark();
  }
  view->attach(client);
  return true;
}

// Once a minute: each of those that are turned away comes again.
void Group::sayFull(std::string_view option) {
  if (saidFull_ && loop_.now() - *saidFull_ < std::chrono::minutes{1}) return;
  saidFull_ = loop_.now();
  environment_.log.warning(fmt::format(
      "the key {} has {} views of {} bytes, and takes no more: a client was turned away; {} sets this limit", key_,
      views_.size(), views_.bytes(), option));
}

// Gives the client the page that its view shows, if no change waits for a pass.
void Group::settle(View& view, Client& client) {
  if (view.stale() || !view.page() || !mayShow(client)) return;
  const bool answered = answer(client, *view.page(), view.passVersion());
  client.needsPage = false;
  if (answered || (!isSuccess(view.page()->status) && !client.forwardsResponses)) return;
  client.outlet->loop().post([outlet = client.outlet, socket = client.socket, frame = view.frame()] {
    outlet->push(std::span{&socket, 1}, frame);
  });
}

void Group::abandon(Client& client) {
  View* const view = client.view;
  if (!view) return;
  view->detach(client);
  if (view->clients().empty()) views_.retire(*view);
}

// Passes.

void Group::passed(View& view, Rendered rendered) {
  try {
    show(view, std::move(rendered));
  } catch (const std::bad_alloc&) {
    // The next pass is equal, and yet not everybody has the page.
    for (Client* const client : view.clients()) client->needsPage = true;
    throw;
  }
}

void Group::show(View& view, Rendered rendered) {
  if (!rendered.fault.empty())
    environment_.log.error(fmt::format("{} (key {}): {}", view.link(), key_, rendered.fault), {"key " + key_});
  const Views::Shown shown = views_.show(view, std::move(rendered));
  if (shown == Views::Shown::noRoom) return giveUp(view);
  // A join or leave was marked during the pass, when it was not known yet what the page would read.
  if (view.passVersion() <= presenceVersion_ && countsClients(*view.page())) view.mark();
  views_.learn(view);
  part(view);
  if (View* const twin = views_.twin(view)) unite(view, *twin);
  if (view.clients().empty()) return views_.retire(view);
  deliver(view, shown == Views::Shown::changed);
}

// A view whose first page finds no room.
void Group::giveUp(View& view) {
  sayFull("--max-view-bytes");
  while (!view.clients().empty()) {
    Client& client = *view.clients().back();
    turnAway(client, noRoomForPage);
    view.detach(client);
  }
  views_.retire(view);
}

void Group::missed(View& view, std::string_view why) {
  environment_.log.warning(fmt::format("{} (key {}): {}; it is tried again", view.link(), key_, why), {"key " + key_});
  RenderedPtr page = view.page();
  if (!page) {
    Rendered failed;
    failed.status = 504;
    std::string bytes;
    flight::appendPage(bytes, app::plainPage(504, {}).node, environment_.references);
    failed.bytes = std::make_shared<const std::string>(std::move(bytes));
    page = std::make_shared<const Rendered>(std::move(failed));
  }
  for (Client* const client : view.clients())
    if (mayShow(*client)) answer(*client, *page, UINT64_MAX);
}

// Clients for whom this render read other values than their own leave the view (R5).
void Group::part(View& view) {
  std::vector<Client*> others;
  for (Client* const client : view.clients())
    if (!view.page()->reads.sameFor(*view.representative(), *client->who())) others.push_back(client);
  for (Client* const client : others) {
    view.detach(*client);
    client->needsPage = true;
    enter(client->shared_from_this(), client->link);
  }
}

// Two views have come to read the same: from here on they are one (R3).
void Group::unite(View& view, View& twin) {
  const bool same = *view.page()->bytes == *twin.page()->bytes && view.page()->status == twin.page()->status;
  while (!twin.clients().empty()) {
    Client& client = *twin.clients().back();
    twin.detach(client);
    view.attach(client);
    if (!same) client.needsPage = true;
  }
  views_.retire(twin);
}

void Group::deliver(View& view, bool changed) {
  readmit(view);
  std::vector<std::pair<Outlet*, std::vector<SocketId>>> pushes;  // one entry per loop: few
  for (Client* const client : view.clients()) {
    if (!mayShow(*client)) {
      client->needsPage = client->needsPage || changed;
      continue;
    }
    const bool answered = answer(*client, *view.page(), view.passVersion());
    const bool wanted = changed || client->needsPage;
    client->needsPage = false;
    if (answered || !wanted) continue;
    if (!isSuccess(view.page()->status) && !client->forwardsResponses) continue;
    auto at = std::ranges::find(pushes, client->outlet, &decltype(pushes)::value_type::first);
    if (at == pushes.end()) at = pushes.insert(at, {client->outlet, {}});
    at->second.push_back(client->socket);
  }
  if (pushes.empty()) return;
  const SharedFrame frame = view.frame();
  for (auto& [outlet, sockets] : pushes)
    outlet->loop().post([outlet, sockets = std::move(sockets), frame] { outlet->push(sockets, frame); });
}

bool Group::answer(Client& client, const Rendered& page, std::uint64_t passVersion) {
  bool any = false;
  for (auto& [requestId, resultRows, after] : client.answers) {
    if (after >= passVersion) continue;
    const std::string_view envelope = resultRows ? flight::resultEnvelope : flight::pageEnvelope;
    std::string payload;
    payload.reserve((resultRows ? resultRows->size() : 0) + page.bytes->size() + envelope.size());
    if (resultRows) payload += *resultRows;
    (payload += *page.bytes) += envelope;
    const auto status = static_cast<std::uint16_t>(resultRows ? 200 : page.status);
    send(client, wire::actionFrames(status, requestId, payload), true);
    any = true;
  }
  std::erase_if(client.answers, [&](const Answer& each) { return each.after < passVersion; });
  // By work of its own: what starts may move clients between views, and the caller walks through one.
  if (any && !client.queue.empty())
    loop_.post([this, waiting = client.weak_from_this()] {
      if (const auto alive = waiting.lock()) pump(alive);
    });
  return any;
}

// Actions.

void Group::message(ClientId id, wire::ActionRequest request, ByteBudget::Place charge) {
  const auto at = clients_.find(id);
  if (at == clients_.end() || at->second->gone) return;
  const ClientPtr client = at->second;
  if (client->ended)
    return refuse(*client, request.requestId, status::notLoggedIn, refusalOf(*client, request.id.value_or("")).error);
  if (draining_) return refuse(*client, request.requestId, status::unavailable, goingAway);
  auto link = linkOf(request.clientUrl);
  if (!link) return refuse(*client, request.requestId, 400, "clientUrl: " + link.error());
  const std::size_t bytes = charge.bytes();
  client->queue.push_back({std::move(request), std::move(*link), std::move(charge)});
  client->queuedBytes += bytes;
  pump(client);
}

void Group::drain() {
  draining_ = true;
  std::vector<ClientPtr> all;  // one that has gone is forgotten when nothing of it is left
  for (const auto& [id, client] : clients_) all.push_back(client);
  for (const ClientPtr& client : all) {
    client->queuedBytes = 0;
    for (const Asked& each : std::exchange(client->queue, {}))
      refuse(*client, each.request.requestId, status::unavailable, goingAway);
    drop(client);
  }
}

bool Group::isQuiet() const {
  return std::ranges::none_of(
      clients_, [](const auto& each) { return each.second->running > 0 || !each.second->answers.empty(); });
}

// Starts what need not wait.
void Group::pump(const ClientPtr& client) {
  if (std::exchange(client->pumping, true)) return;  // an action ended at once: the loop below goes on
  const bool started = foundMemory([&] { startAll(client); });
  client->pumping = false;
  if (!started) giveUp(*client);
  holdOrResume(*client);
}

void Group::startAll(const ClientPtr& client) {
  client->resumed.reset();
  for (;;) {
    loop::Duration wait{0};
    const auto next = nextToStart(*client, wait);
    if (next == client->queue.end()) {
      if (wait > loop::Duration{0})
        client->resumed = loop_.after(wait, [this, waiting = client->weak_from_this()] {
          if (const auto alive = waiting.lock()) pump(alive);
        });
      break;
    }
    Asked asked = std::move(*next);
    client->queue.erase(next);
    client->queuedBytes -= asked.charge.bytes();
    if (client->queue.empty()) client->queue = std::vector<Asked>{};  // an idle client holds nothing
    start(client, std::move(asked));
  }
}

// The socket is not read from while its client has asked for more than may wait.
void Group::holdOrResume(Client& client) const {
  const GroupOptions& options = environment_.options;
  const bool tooMuch = client.queue.size() >= options.queuedActions || client.queuedBytes >= options.queuedBytes;
  const bool hasRoom =
      client.queue.size() <= options.queuedActions / 2 && client.queuedBytes <= options.queuedBytes / 2;
  if (client.held ? !hasRoom : !tooMuch) return;
  client.held = !client.held;
  client.outlet->loop().post(
      [outlet = client.outlet, socket = client.socket, held = client.held] { outlet->hold(socket, held); });
}

// The first that may start. The actions of one client run one after another, but for those that may run beside others;
// a navigation that waits for its time holds up nothing else. An answer that is owed counts like an action that runs,
// since it will hold a whole page. If there is none, `wait` says when there is one unless something ends before; zero
// if only that helps.
std::vector<Asked>::iterator Group::nextToStart(Client& client, loop::Duration& wait) {
  if (client.running + client.answers.size() >= environment_.options.queuedActions || hasMuchToRead(client))
    return client.queue.end();
  bool ordered = client.busy;
  for (auto at = client.queue.begin(); at != client.queue.end(); ++at) {
    const bool isAction = at->request.id.has_value();
    const bool beside = isAction && environment_.site.runsConcurrently(*at->request.id);
    if (ordered && !beside) continue;
    const loop::Duration needed = waitOf(client, *at);
    if (needed == loop::Duration{0}) return at;
    wait = wait > loop::Duration{0} ? std::min(wait, needed) : needed;
    ordered = ordered || (isAction && !beside);
  }
  return client.queue.end();
}

// How long the request waits for what its client has used up. A client that has gone is shown nothing, so that its
// actions cost no render.
loop::Duration Group::waitOf(const Client& client, const Asked& asked) const {
  const GroupOptions& options = environment_.options;
  const loop::TimePoint now = loop_.now();
  loop::Duration wait{0};
  if (!client.gone && (!asked.request.id || asked.link != client.link))
    wait = client.navigations.wait(now, options.navigationRoom(), options.navigationCost());
  if (asked.request.id) wait = std::max(wait, client.work.wait(now, workAtOnce, loop::Duration{1}));
  return wait;
}

void Group::start(const ClientPtr& client, Asked asked) {
  if (!asked.request.id) {
    if (client->gone) return;  // it waited in the queue: nobody is left to be shown a page
    client->answers.push_back({std::move(asked.request.requestId), std::nullopt, 0});
    return navigate(client, std::move(asked.link));
  }
  if (asked.link != client->link && !client->gone) navigate(client, std::move(asked.link));
  const loop::Stopwatch watching{environment_.log, [name = *asked.request.id] { return "the action " + name; }};
  const loop::TimePoint began = loop_.now();
  run(client, std::move(asked));
  const loop::TimePoint ended = loop_.now();
  client->work.pay(ended, loop::scaled(ended - began, 1 / environment_.options.workShare));
}

void Group::run(const ClientPtr& client, Asked asked) {
  const bool alone = !environment_.site.runsConcurrently(*asked.request.id);
  client->busy = client->busy || alone;
  ++client->running;
  try {
    tasks_.spawn(act(client, std::move(asked.request), std::move(asked.charge)));
  } catch (const std::bad_alloc&) {
    hasRun(*client, alone);
    giveUp(*client);
  }
}

void Group::hasRun(Client& client, bool alone) {
  --client.running;
  if (alone) client.busy = false;
}

// The charge goes with the task.
Task<void> Group::act(ClientPtr client, wire::ActionRequest request, ByteBudget::Place /*charge*/) {
  const bool alone = !environment_.site.runsConcurrently(*request.id);
  bool isOver = false;
  try {
    app::Outcome outcome = co_await outcomeOf(client, request);
    isOver = true;
    hasRun(*client, alone);
    finish(client, request, std::move(outcome));
  } catch (const std::bad_alloc&) {
    if (!isOver) hasRun(*client, alone);
    giveUp(*client);
  }
  pump(client);
  drop(client);
}

Task<app::Outcome> Group::outcomeOf(const ClientPtr& client, const wire::ActionRequest& request) {
  const bool isKnown = !client->credentials->isAsked() || co_await authority_.ask(client->credentials);
  if (!isKnown || client->ended) co_return refusalOf(*client, *request.id);
  app::CallArguments arguments = [args = request.args.value_or("[]")] { return app::decodeText(args); };
  Task<app::Outcome> acting =
      environment_.site.act(*request.id, std::move(arguments), client->who(), &client->gone, false);
  co_return co_await std::move(acting);
}

void Group::finish(const ClientPtr& client, const wire::ActionRequest& request, app::Outcome outcome) {
  // Also after a failure: what it wrote before is not undone.
  if (outcome.ran) mark();
  if (outcome.result && !client->gone) {
    try {
      std::string rows;
      flight::appendResult(rows, *outcome.result, environment_.references);
      client->answers.push_back({request.requestId, std::move(rows), version_});
      if (client->view && client->view->troubled() && client->view->page() && mayShow(*client))
        answer(*client, *client->view->page(), UINT64_MAX);
    } catch (const flight::EncodeError& error) {
      outcome.result.reset();
      outcome.status = 500;
      outcome.error = *request.id + ": the action's result cannot be sent";
      outcome.fault = error.what();
    }
  }
  environment_.actions.count(outcome);
  if (!outcome.fault.empty())
    environment_.log.error(fmt::format("{} (key {}): {}", *request.id, key_, outcome.fault), {"key " + key_});
  if (!outcome.result) refuse(*client, request.requestId, outcome.status, outcome.error, outcome.field);
  if (client->ended) answerEnded(*client);
}

void Group::refuse(Client& client, const std::string& requestId, int status, std::string_view why,
                   std::string_view field) {
  if (client.gone) return;
  send(client, wire::actionErrorFrames(static_cast<std::uint16_t>(status), requestId, why, field), false);
}

// Forgets a client that has gone, once everything that it asked for has run.
void Group::drop(const ClientPtr& client) {
  if (!client->gone || client->running > 0 || !client->queue.empty()) return;
  clients_.erase(client->id);
  if (idle()) static_cast<void>(foundMemory([this] { loop_.post(forgettable_); }));
}

void Group::turnAway(const Client& client, std::string_view why) {
  client.outlet->loop().post([outlet = client.outlet, socket = client.socket, why] {
    outlet->close(socket, wire::close_code::tryAgainLater, why);
  });
}

void Group::giveUp(ClientId id) {
  if (const auto at = clients_.find(id); at != clients_.end()) giveUp(*at->second);
}

// Without memory even for that, it is not answered until it comes again.
void Group::giveUp(const Client& client) {
  static_cast<void>(foundMemory([&] { turnAway(client, noMemoryLeft); }));
}

void Group::send(Client& client, std::string frames, bool withPage) {
  SharedFrame frame = counted(client, std::move(frames));
  if (!frame) return turnAway(client, "the server has no memory left for this answer");
  client.outlet->loop().post(
      [outlet = client.outlet, socket = client.socket, withPage, frame = std::move(frame)]() mutable {
        if (withPage)
          outlet->reply(socket, std::move(frame));
        else
          outlet->send(socket, std::move(frame));
      });
}

// Counts as unread, and of the memory of all clients, until its socket has sent it or has gone; null if there is no
// room for it. The loop outlives its frames.
SharedFrame Group::counted(Client& client, std::string frames) {
  struct Counted {
    std::string bytes;
    ByteBudget::Place place;
    std::shared_ptr<Unread> unread;
    std::move_only_function<void()> goOn;
    std::size_t most;
    ~Counted() {
      const std::size_t before = unread->fetch_sub(bytes.size(), std::memory_order_relaxed);
      // Without memory the client waits until something else of it ends.
      if (before > most && before - bytes.size() <= most) static_cast<void>(foundMemory(goOn));
    }
  };
  ByteBudget::Place place{environment_.clientMemory};
  if (!place.growTo(frames.capacity() + answerOverhead)) return nullptr;
  if (!client.unread) client.unread = std::make_shared<Unread>(0);
  auto goOn = [this, &loop = loop_, waiting = client.weak_from_this()] {
    if (waiting.expired()) return;
    loop.post([this, waiting] {
      if (const auto alive = waiting.lock()) pump(alive);
    });
  };
  const auto frame = std::make_shared<Counted>(std::move(frames), std::move(place), client.unread, std::move(goOn),
                                               environment_.options.unreadBytes);
  client.unread->fetch_add(frame->bytes.size(), std::memory_order_relaxed);
  return {frame, &frame->bytes};
}

// An answer that is owed will hold the whole page.
bool Group::hasMuchToRead(const Client& client) const {
  if (client.gone) return false;
  const std::size_t page = client.view && client.view->page() ? client.view->page()->bytes->size() : 0;
  const std::size_t unread = client.unread ? client.unread->load(std::memory_order_relaxed) : 0;
  return unread + client.answers.size() * page > environment_.options.unreadBytes;
}

}  // namespace duramen::realtime
