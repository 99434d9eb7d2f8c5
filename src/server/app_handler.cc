#include "server/app_handler.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/found_memory.h"
#include "base/utf8.h"
#include "duramen/site_of.h"
#include "flight/encode.h"
#include "flight/form_post.h"
#include "flight/reply.h"
#include "flight/reply_text.h"
#include "flight/shown.h"
#include "loop/in_time.h"
#include "loop/stopwatch.h"
#include "realtime/link.h"
#include "server/origin.h"
#include "server/responses.h"
#include "server/static_answer.h"
#include "server/unknown_session.h"
#include "wire/frame_error.h"
#include "wire/realtime.h"

namespace duramen::server {
namespace {

constexpr std::string_view realtimePath = "/__realtime";
constexpr std::size_t maxKeyBytes = 1024;
constexpr loop::Duration tellAgainAfter = std::chrono::seconds{1};
// Of memory, for each request beside its texts.
constexpr std::size_t requestOverhead = 512;

std::expected<std::string, std::string> linkOf(const Request& request) {
  return realtime::linkOf(request.query.empty() ? request.path : request.path + "?" + request.query);
}

// What may name a group: it stands in the log, too.
bool isKey(std::string_view key) {
  const auto isControl = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  return key.size() <= maxKeyBytes && isUtf8(key) && std::ranges::none_of(key, isControl);
}

// Values of Set-Cookie.
std::vector<std::string> cookiesOf(const app::Outcome& outcome, const Request& request) {
  std::vector<std::string> cookies;
  for (const Cookie& cookie : outcome.reply.cookies) cookies.push_back(toString(cookie, request.scheme == "https"));
  return cookies;
}

Response withCookies(Response response, const app::Outcome& outcome, const Request& request) {
  for (std::string& cookie : cookiesOf(outcome, request))
    response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return response;
}

Task<detail::IdentityPtr> known(detail::IdentityPtr who) { co_return who; }

// Of what was typed into a form that failed, so much is kept for its page to hold it again; of more, nothing.
constexpr std::size_t mostTypedBytes = 64 * 1024;

// Tells the client that the fields hold what was typed, and not what the page gives them.
constexpr std::string_view typedScript = "self.__DURAMEN_TYPED=true;";

// Whether an action is the one that was posted, with the same bound arguments; any, where those are null.
std::function<bool(std::string_view, const detail::Tape*, std::uint8_t)> isActionOf(
    const flight::FormPost& post, const flight::References& references) {
  return [&](std::string_view action, const detail::Tape* bound, std::uint8_t count) {
    if (action != post.action()) return false;
    if (!bound) return true;
    const flight::Sealer seal = [&](std::uint32_t position, std::string_view text) {
      return references.seal(action, position, text);
    };
    const auto own = count == 0 ? std::nullopt : flight::replyText(detail::TapeReader{*bound}, count, seal);
    return own ? own == post.boundText() : !post.boundText();
  };
}

Response goingAway() {
  Response response = plainText(503, "the server is going away: the action was not run");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

bool isProbe(const Request& request) {
  return (request.path == "/healthz" || request.path == "/readyz") && readsOnly(request);
}

// Once a minute for each cause: it is the operator's to change.
LogSource refusedFor(std::string_view cause) { return {.name = cause, .lines = 1, .time = std::chrono::minutes{1}}; }

bool wantsFlight(const Request& request) {
  return request.hasParameter("__rsc") || request.header("Accept").find("text/x-component") != std::string_view::npos;
}

// A URL shows HTML to a browser and rows of Flight to the client: what keeps answers has to tell them apart, whatever
// the answer is.
Handler::Answer varied(Handler::Answer answer) {
  return [answer = std::move(answer)](Response response) mutable {
    response.headers.emplace_back("Vary", "Accept");
    answer(std::move(response));
  };
}

}  // namespace

// What is looked at before anything else: whom the request comes from, and whether it is for this server at all.
std::optional<Response> AppHandler::refusal(Request& request) {
  if (const auto applied = service_.options().proxies.apply(request); !applied) return plainText(400, applied.error());
  const std::string_view host = request.header("Host");
  // What asks whether the server is well knows its address, and often not its name.
  if (service_.options().hosts.allows(host) || isProbe(request)) return std::nullopt;
  service_.log().warning(fmt::format("a request of {} for the host {} was refused: --allow-host {} allows it",
                                     request.address, host, host.substr(0, host.rfind(':'))),
                         refusedFor("requests refused for their host"));
  return misdirected(host);
}

Response AppHandler::refuseOrigin(const Request& request) {
  std::string why = originRefusal(request);
  service_.log().warning(fmt::format("{} of {}, of the origin {}, was refused: {}; {}", request.method, request.address,
                                     request.header("Origin"), why, originAdvice(request)),
                         refusedFor("requests refused for their origin"));
  return plainText(403, std::move(why));
}

void AppHandler::request(Request request, Answer answer) {
  const loop::Stopwatch watching{service_.log(), [what = request.method + " " + request.path] { return what; }};
  const bool reads = readsOnly(request);
  if (isProbe(request)) return answer(probe(request));
  if (request.path == realtimePath) return tasks_.spawn(withoutUpgrade(std::move(request), std::move(answer)));
  if (auto file = service_.embeddedFiles().answer(request)) return answer(std::move(*file));
  if (auto file = service_.options().staticFiles.answer(request, service_.log())) return answer(std::move(*file));
  if (reads) answer = varied(std::move(answer));
  auto link = linkOf(request);
  if (!link) return answer(plainText(400, link.error()));
  if (reads) {
    const PageForm form = wantsFlight(request) ? PageForm::flight : PageForm::document;
    auto stream = std::make_shared<PageStream>(service_, form, *link, request.address, std::move(answer));
    return startPage(std::move(stream), std::move(*link), senderOf(std::move(request)));
  }
  if (request.method == "POST") {
    if (service_.draining()) return answer(goingAway());
    if (!isOwnOrigin(request, service_.options().allowedOrigins)) return answer(refuseOrigin(request));
    if (request.hasParameter("__rsc_action_id"))
      return tasks_.spawn(action(std::move(request), std::move(*link), std::move(answer)));
    if (!flight::isFormType(request.header("Content-Type")))
      return answer(plainText(415,
                              "expected multipart/form-data of a form whose action is one of this app, or a call with "
                              "__rsc_action_id"));
    return tasks_.spawn(form(std::move(request), std::move(*link), std::move(answer)));
  }
  Response refusal = plainText(405, "this address answers GET and HEAD, and POST of an action");
  refusal.headers.emplace_back("Allow", "GET, HEAD, POST");
  answer(std::move(refusal));
}

Response AppHandler::probe(const Request& request) const {
  if (request.path == "/healthz") return plainText(200, "ok");
  return service_.draining() ? plainText(503, "draining") : plainText(200, "ready");
}

Task<detail::IdentityPtr> AppHandler::senderOf(Request request) {
  const std::string path = request.path, address = request.address;
  std::string fault;
  try {
    detail::IdentityPtr who = co_await service_.site().identify(std::move(request));
    co_return who;
  } catch (...) {
    fault = app::currentFault();
  }
  service_.log().error(fmt::format("{}: session(...) failed: {}", path, fault), {address});
  co_return nullptr;
}

// Pages.

void AppHandler::startPage(std::shared_ptr<PageStream> stream, std::string link, Task<detail::IdentityPtr> identity) {
  const auto at = pages_.emplace(pages_.end(), loop_, std::move(stream));
  setDeadline(at);
  giveUpUnwanted(at);
  at->tasks.spawn(page(std::move(identity), std::move(link), at));
}

Task<void> AppHandler::page(Task<detail::IdentityPtr> identity, std::string link, Pages::iterator at) {
  PageStream& stream = *at->stream;
  std::string fault;
  try {
    detail::IdentityPtr who = co_await std::move(identity);
    if (who)
      fault = co_await service_.renderer().stream(std::move(link), std::move(who), stream);
    else
      stream.refuseUnknown();
  } catch (const std::exception& error) {
    fault = error.what();
  }
  if (!stream.begun()) stream.refuse(500, "the page failed");
  stream.end(fault);
  finishPage(at);
}

// A page whose parts come is not late, however many they are: a stream may go on for long.
void AppHandler::setDeadline(Pages::iterator at) {
  const std::uint64_t before = at->stream->progress();
  at->deadline = loop_.after(service_.options().groups.passes.deadline, [this, at, before] {
    if (at->stream->progress() == before) return giveUpPage(at);
    setDeadline(at);
  });
}

// The caller is one of the page's own tasks: it goes when that has ended.
void AppHandler::finishPage(Pages::iterator at) {
  at->deadline.reset();
  at->pending.reset();
  Pages ended;
  ended.splice(ended.end(), pages_, at);
  loop_.post([ended = std::move(ended)] {});
}

void AppHandler::giveUpPage(Pages::iterator at) {
  const std::shared_ptr<PageStream> stream = at->stream;
  pages_.erase(at);  // and its tasks
  if (!stream->begun()) stream->refuse(504, "the page took too long");
  stream->end(stream->isWanted() ? "the page took longer than its deadline and was given up" : "");
}

// Its task may be on the stack when its client goes.
void AppHandler::giveUpUnwanted(Pages::iterator at) {
  at->stream->onUnwanted([this, at, pending = std::weak_ptr{at->pending}] {
    loop_.post([this, at, pending] {
      if (!pending.expired()) giveUpPage(at);
    });
  });
}

// Actions by POST: the result, and the page that the client looks at, rendered after it.

Task<void> AppHandler::action(Request request, std::string link, Answer answer) {
  const std::string name = request.parameter("__rsc_action_id");
  const bool gone = false;
  try {
    detail::IdentityPtr who = co_await senderOf(request);
    if (!who) {
      const app::Outcome outcome = app::unknownSession(name);
      service_.actions().count(outcome);
      answer(unknownSession(outcome.error));
      co_return;
    }
    app::CallArguments arguments = [&request] {
      auto values = flight::inWords(flight::decodeArguments(request.body, request.header("Content-Type")));
      request.body = {};  // its place is free, however long the action runs
      return values;
    };
    app::Outcome outcome = co_await service_.site().act(name, std::move(arguments), who, &gone, true);
    request.body = {};
    service_.actions().count(outcome);
    if (!outcome.fault.empty()) service_.log().error(fmt::format("{}: {}", name, outcome.fault), {request.address});
    if (outcome.ran) markReaders(link);
    auto page =
        std::make_shared<PageStream>(service_, actionRows(outcome, request), link, request.address, std::move(answer));
    startPage(std::move(page), std::move(link), known(std::move(who)));
    co_return;
  } catch (const std::exception& error) {
    service_.log().error(fmt::format("{}: {}", name, error.what()), {request.address});
  }
  if (answer) answer(plainText(500, name + ": the action failed"));
}

ActionRows AppHandler::actionRows(const app::Outcome& outcome, const Request& request) const {
  ActionRows action{.status = outcome.result ? 200 : outcome.status,
                    .cookies = cookiesOf(outcome, request),
                    .rows = {},
                    .envelope = std::string(flight::resultEnvelope)};
  if (outcome.result) {
    flight::appendResult(action.rows, *outcome.result, service_.references());
  } else {
    flight::appendFailedResult(action.rows, outcome.error);
    action.envelope.clear();
    flight::appendFailedEnvelope(action.envelope, outcome.field);
  }
  return action;
}

// Whoever looks at the page that an action was called from sees what it did, as after a call over the socket: its path
// is the key of its readers, unless the app chose another.
void AppHandler::markReaders(std::string_view link) {
  if (!service_.site().realtimeNamespace().empty())
    service_.groups().render(realtime::normalKey(link.substr(0, link.find('?'))));
}

// A form that was posted without scripts.

// Afterwards the browser gets the page by GET, so that to reload it does not post again; of an action that failed it
// gets the page as the answer, with what was typed and what was wrong.
Task<void> AppHandler::form(Request request, std::string link, Answer answer) {
  auto post = flight::FormPost::of(request.body, request.header("Content-Type"));
  if (!post) {
    answer(plainText(400, describe(post.error())));
    co_return;
  }
  const std::string name = post->action();
  flight::FormPost typed = post->withoutFiles(mostTypedBytes);
  const bool gone = false;
  Response response;
  try {
    detail::IdentityPtr who = co_await senderOf(request);
    if (!who) {
      const app::Outcome outcome = app::unknownSession(name);
      service_.actions().count(outcome);
      answer(unknownSessionForm(service_, app::reasonOf(outcome, name), link));
      co_return;
    }
    app::CallArguments arguments = [&post, &request] {
      auto values = flight::inWords(post->arguments());
      *post = {};
      request.body = {};  // as above
      return values;
    };
    app::Outcome outcome = co_await service_.site().act(name, std::move(arguments), who, &gone, true);
    *post = {};
    request.body = {};
    service_.actions().count(outcome);
    if (!outcome.fault.empty()) service_.log().error(fmt::format("{}: {}", name, outcome.fault), {request.address});
    if (outcome.ran) markReaders(link);
    if (outcome.result) {
      response = redirection(303, outcome.reply.redirect.empty() ? link : outcome.reply.redirect);
    } else {
      const std::string_view reason = app::reasonOf(outcome, name);
      FailedForm failed{std::move(typed), outcome.status, {.message = std::string(reason), .field = outcome.field}};
      Task<Response> answering = answerTo(std::move(failed), link, std::move(who));
      response = co_await std::move(answering);
    }
    if (service_.site().knowsClients()) keepNowhere(response);
    response = withCookies(std::move(response), outcome, request);
  } catch (const std::exception& error) {
    service_.log().error(fmt::format("{}: {}", name, error.what()), {request.address});
    response = plainText(500, name + ": the action failed");
  }
  answer(std::move(response));
}

Task<app::Page> AppHandler::pageInTime(std::string link, detail::IdentityPtr who, detail::FormFailure& failure) {
  loop::InTime<app::Page> rendering{loop_, service_.options().groups.passes.deadline,
                                    service_.site().page(std::move(link), std::move(who), &failure)};
  std::optional<app::Page> page = co_await rendering;
  co_return page ? std::move(*page) : app::plainPage(504, "the page took longer than its deadline");
}

// The page that the form stands on, if it says what was wrong; else a page that says that alone.
Task<Response> AppHandler::answerTo(FailedForm form, std::string link, detail::IdentityPtr who) {
  detail::FormFailure& failure = form.failure;
  failure.isOf = isActionOf(form.post, service_.references());
  app::Page page = co_await pageInTime(link, who, failure);
  if (!failure.shown && !failure.field.empty()) {
    failure.withoutFields = true;
    app::Page again = co_await pageInTime(link, std::move(who), failure);
    page = std::move(again);
  }
  if (!page.fault.empty()) service_.log().error(fmt::format("{}: {}", link, page.fault));
  if (!failure.shown || page.status != 200) page = app::formFailedPage(form.status, failure.message, link);
  const flight::PostedForm posted = form.post.form();
  DocumentStyle style = service_.documentStyle();
  style.beforeData += typedScript;
  const DocumentScripts scripts{style};
  std::string rows;
  flight::appendPage(rows, page.node, service_.references());
  rows += flight::pageEnvelope;
  co_return documentAnswer(form.status, service_.document(page.node, rows, scripts, &posted).text, scripts);
}

// The realtime socket.

void AppHandler::upgrade(SocketId socket, Request request, Decision decide) {
  if (request.path != realtimePath) return decide(std::unexpected(plainText(404, "WebSockets are at /__realtime")));
  if (!isOwnOrigin(request, service_.options().allowedOrigins)) return decide(std::unexpected(refuseOrigin(request)));
  if (service_.site().realtimeNamespace().empty())
    return decide(std::unexpected(plainText(404, "this app has no realtimeRoute")));
  if (!isKey(request.parameter("key")))
    return decide(std::unexpected(plainText(
        400, fmt::format("key: UTF-8 of at most {} bytes without control characters was expected", maxKeyBytes))));
  auto link = realtime::linkOf(request.parameter("url"));
  if (!link) return decide(std::unexpected(plainText(400, "url: " + link.error())));
  tasks_.spawn(join(socket, std::move(request), std::move(*link), std::move(decide)));
}

// A browser tells no script how an upgrade was answered: this answer it does tell.
Task<void> AppHandler::withoutUpgrade(Request request, Answer answer) {
  const std::string key = request.parameter("key");
  if (!key.empty() && isKey(key)) {
    const auto place = service_.joins().take(request.address, realtime::normalKey(key), loop_.now());
    if (!place) {
      answer(noPlaceFor(request, place.error()));
      co_return;
    }
    auto admitted = co_await admit(std::move(request));
    if (!admitted) {
      answer(std::move(admitted.error()));
      co_return;
    }
  }
  answer(plainText(400, "Expected WebSocket"));
}

Response AppHandler::noPlaceFor(const Request& request, const JoinLimits::Refusal& why) {
  if (why.isNews)
    service_.log().warning(fmt::format("a realtime client of the key {} was refused: {}; {} sets this limit",
                                       flight::shown(request.parameter("key"), "that it names"), why.text, why.option));
  return noPlace(why.status, why.text);
}

// Who the client is, and whether it may join, is settled before it is told anything (R9).
Task<void> AppHandler::join(SocketId socket, Request request, std::string link, Decision decide) {
  auto place = service_.joins().take(request.address, realtime::normalKey(request.parameter("key")), loop_.now());
  if (!place) {
    decide(std::unexpected(noPlaceFor(request, place.error())));
    co_return;
  }
  std::string address = request.address;
  auto joining = co_await admit(std::move(request));
  if (!joining) {
    decide(std::unexpected(std::move(joining.error())));
    co_return;
  }
  joining->link = std::move(link);
  joining->outlet = outlet_;
  joining->socket = socket;
  joining_.insert_or_assign(socket.value, Accepted{std::move(*joining), std::move(*place), std::move(address)});
  decide({});
  joining_.erase(socket.value);  // still here only if the browser has gone meanwhile
}

Task<std::expected<realtime::Joining, Response>> AppHandler::admit(Request request) {
  const std::string address = request.address;
  realtime::Joining joining;
  joining.key = realtime::normalKey(request.parameter("key"));
  joining.forwardsResponses = request.parameter("shouldForwardResponses") == "true";
  joining.revocations = service_.groups().revocations();
  std::string fault;
  try {
    app::Recognized known = co_await service_.site().recognize(std::move(request));
    joining.who = std::move(known.who);
    joining.kept = std::move(known.kept);
    const Verdict verdict = co_await service_.site().mayJoin(joining.who, joining.key);
    if (!verdict.allowed()) co_return std::unexpected(plainText(403, "may not join: " + std::string(verdict.why())));
    co_return joining;
  } catch (...) {
    fault = app::currentFault();
  }
  service_.log().error(fmt::format("joining {}: {}", joining.key, fault), {address});
  co_return std::unexpected(unknownSession("the server cannot tell just now whether you may join; it tries again"));
}

void AppHandler::opened(SocketId socket) {
  auto joining = joining_.extract(socket.value);
  if (joining.empty()) return;
  Accepted& accepted = joining.mapped();
  members_.emplace(socket.value, Member{service_.groups().join(std::move(accepted.joining)), std::move(accepted.place),
                                        std::move(accepted.address), ByteBudget::Place{service_.memory()}});
}

void AppHandler::piece(SocketId socket, std::span<const std::byte> bytes, bool last) {
  const auto at = members_.find(socket.value);
  if (at == members_.end() || at->second.gone) return;
  Member& member = at->second;
  const loop::Stopwatch watching{service_.log(), [address = member.address] { return "a message of " + address; }};
  std::optional<wire::RequestReader>& reader = member.reader;
  if (!reader) reader.emplace();
  reader->feed(bytes);
  if (!last && member.held.resize(reader->heldBytes())) return;
  if (!last) {
    reader.reset();
    member.held.shrinkTo(0);
    return outlet_->close(socket, wire::close_code::tryAgainLater, "the server has no memory for this message now");
  }
  auto request = reader->finish();
  reader.reset();
  if (request)
    ask(socket, member, std::move(*request));
  else
    refuseMessage(socket, member.address, request.error());
}

// What it takes is counted until it has run.
void AppHandler::ask(SocketId socket, Member& member, wire::ActionRequest request) {
  const std::size_t bytes = requestOverhead + request.id.value_or("").size() + request.clientUrl.size() +
                            (request.args ? request.args->capacity() : 0);
  if (!member.held.resize(bytes)) {
    member.held.shrinkTo(0);
    outlet_->send(socket, std::make_shared<const std::string>(wire::actionErrorFrames(
                              503, request.requestId, "it was not run: the server has no memory for it now")));
    return;
  }
  member.member.message(std::move(request), std::exchange(member.held, ByteBudget::Place{service_.memory()}));
}

void AppHandler::refuseMessage(SocketId socket, const std::string& address, const wire::MessageError& error) {
  service_.log().info(fmt::format("a message of {} was refused: {}", address, error.text), {address});
  if (!error.requestId) return outlet_->close(socket, 1008, error.text);
  outlet_->send(socket,
                std::make_shared<const std::string>(wire::actionErrorFrames(400, *error.requestId, error.text)));
}

void AppHandler::closed(SocketId socket) {
  const auto at = members_.find(socket.value);
  if (at == members_.end()) return;
  at->second.gone = true;
  if (tellGroup(at->second)) {
    members_.erase(at);
  } else {
    tellGroups_ = loop_.after(tellAgainAfter, [this] { tellGroups(); });
  }
}

// Whether there was memory for that.
bool AppHandler::tellGroup(const Member& member) {
  return foundMemory([&] { member.member.leave(); });
}

void AppHandler::tellGroups() {
  tellGroups_.reset();
  std::erase_if(members_, [](const auto& each) { return each.second.gone && tellGroup(each.second); });
  if (std::ranges::any_of(members_, [](const auto& each) { return each.second.gone; }))
    tellGroups_ = loop_.after(tellAgainAfter, [this] { tellGroups(); });
}

}  // namespace duramen::server
