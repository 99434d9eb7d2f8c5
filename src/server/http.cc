#include "server/http.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "server/header_list.h"
#include "server/websocket_connection.h"
#include "wire/websocket.h"
#include "wire/websocket_extensions.h"

namespace duramen::server {
namespace {

bool isUpgrade(const Request& request) {
  return hasToken(request, "upgrade", "websocket") && hasToken(request, "connection", "upgrade");
}

// The way back from a handler to the request that it was asked: to no other, and only once. A handler that drops it
// without a word has failed.
class Ticket {
 public:
  Ticket(Connection& connection, std::uint32_t number) : connection_(connection.weak_from_this()), number_(number) {}
  Ticket(Ticket&&) = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    const auto connection = connection_.lock();
    if (!connection || !connection->alive()) return;
    Hub& hub = connection->hub();
    if (!hub.loop.isCurrent()) return;  // the loop has stopped
    if (std::uncaught_exceptions() == 0) hub.logFailure("a request", "its handler dropped it without an answer");
    connection->guarded([&] { connection->protocol().answered(number_, textResponse(500, "internal error")); });
  }

  void answer(Response response) {
    if (const auto connection = take())
      connection->guarded([&] { connection->protocol().answered(number_, std::move(response)); });
  }
  void decide(std::expected<void, Response> decision) {
    if (const auto connection = take())
      connection->guarded([&] { connection->protocol().decided(number_, std::move(decision)); });
  }

 private:
  std::shared_ptr<Connection> take() {
    auto connection = std::exchange(connection_, {}).lock();
    if (connection && !connection->alive()) connection.reset();
    return connection;
  }
  std::weak_ptr<Connection> connection_;
  std::uint32_t number_;
};

// RFC 9112 §7.1. `last`: no more follow.
std::string asChunk(std::string_view bytes, bool last) {
  std::string chunk = bytes.empty() ? std::string{} : fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
  if (last) chunk += "0\r\n\r\n";
  return chunk;
}

// How often a body is asked for more before the other connections have their turn: a peer may take it as fast as it
// comes.
constexpr int readsPerTurn = 16;

// What is collected of a body for HTTP/1.0; what is longer goes out as it comes.
constexpr std::size_t collectedMost = 8 * 1024 * 1024;

void postBodyReady(Connection& connection, std::uint32_t number) {
  connection.hub().loop.post([weak = connection.weak_from_this(), number] {
    const auto alive = weak.lock();
    if (alive && alive->alive()) alive->guarded([&] { alive->protocol().bodyReady(number); });
  });
}

HttpLimits httpLimits(const Limits& limits) {
  return {.urlBytes = limits.urlBytes,
          .headerBytes = limits.headerBytes,
          .headerCount = limits.headerCount,
          .bodyBytes = limits.bodyBytes,
          .uploadBytes = limits.uploadBytes};
}

// Of a body that is too long, or for which there is no room: its client sends on until it has sent all.
bool refusesBody(int status) { return status == 413 || status == 503 || status == 507; }

}  // namespace

Http::Http(Connection& connection)
    : connection_(connection), exchange_(connection), since_(connection.lastHeard()), head_(connection.hub().memory) {}

std::unique_ptr<Http> Http::refusing(Connection& connection, HttpError why) {
  auto http = std::make_unique<Http>(connection);
  http->refusal_ = std::move(why);
  return http;
}

std::size_t Http::received(std::span<std::byte> input) {
  if (refusal_) {
    exchange_.begin();
    refuse(*refusal_);
    return input.size();
  }
  if (!parser_) {
    parser_ = std::make_unique<RequestParser>(httpLimits(connection_.hub().limits), connection_.hub().bodies);
    since_ = connection_.lastHeard();
    exchange_.begin();
    // They were the last request's; a refusal of this one must not go by them.
    isHead_ = false;
    isHttp11_ = true;
    inBody_ = false;
  }
  const auto used = parser_->feed(input);
  if (!used) {
    lingers_ = refusesBody(used.error().status);
    refuse(used.error());
    return input.size();
  }
  // What comes after it of this piece is the body's, which is counted by itself.
  const std::size_t most = connection_.hub().limits.urlBytes + connection_.hub().limits.headerBytes;
  if (!inBody_ && !head_.growTo(std::min(head_.bytes() + *used, most))) {
    noMemory();
    return input.size();
  }
  if (parser_->headerDone() && !std::exchange(inBody_, true)) since_ = connection_.lastHeard();
  if (parser_->takeExpectation()) {
    connection_.output().add({}, "HTTP/1.1 100 Continue\r\n\r\n");
    connection_.flush();
  }
  if (connection_.alive() && parser_->done()) begin();
  return *used;
}

void Http::begin() {
  state_ = State::answering;
  keepAlive_ = parser_->keepAlive() && number_ + 1 < connection_.hub().limits.requestsOfConnection;
  isHttp11_ = parser_->isHttp11();
  Request request = parser_->takeRequest();
  parser_.reset();
  request.address = connection_.peerAddress();
  request.scheme = connection_.isSecure() ? "https" : "http";
  isHead_ = request.method == "HEAD";
  Hub& hub = connection_.hub();
  std::optional<Response> refusal;
  if (!hub.guarded("a request", [&] { refusal = hub.handler.refusal(request); }))
    refusal = textResponse(500, "internal error");
  exchange_.asked(request);
  if (refusal) return respond(std::move(*refusal));
  if (isUpgrade(request)) return beginUpgrade(std::move(request));
  hub.guarded("a request", [&] {
    hub.handler.request(std::move(request), [ticket = Ticket{connection_, number_}](Response response) mutable {
      ticket.answer(std::move(response));
    });
  });
}

void Http::beginUpgrade(Request request) {
  // RFC 6455 §4.2.1.
  if (request.method != "GET" || !isHttp11_) return refuse({400, "a WebSocket upgrade is a GET of HTTP/1.1"});
  if (!request.body.empty()) return refuse({400, "a WebSocket upgrade has no body"});
  if (trimmedBlanks(request.header("sec-websocket-version")) != "13") {
    keepAlive_ = false;
    Response response = textResponse(426, "this server speaks version 13 of the WebSocket protocol");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    response.headers.emplace_back("Upgrade", "websocket");
    return respond(std::move(response));
  }
  const std::string_view key = trimmedBlanks(request.header("sec-websocket-key"));
  if (!wire::validClientKey(key))
    return refuse({400, "a WebSocket upgrade needs a Sec-WebSocket-Key of 16 bytes in base64"});
  accept_ = wire::acceptKey(key);
  deflate_ = wire::agreedDeflate(joinedHeader(request, "sec-websocket-extensions").value_or(""));
  Hub& hub = connection_.hub();
  hub.guarded("an upgrade", [&] {
    hub.handler.upgrade(connection_.id(), std::move(request),
                        [ticket = Ticket{connection_, number_}](std::expected<void, Response> decision) mutable {
                          ticket.decide(std::move(decision));
                        });
  });
}

void Http::answered(std::uint32_t number, Response response) {
  if (state_ == State::answering && number == number_) respond(std::move(response));
}

void Http::decided(std::uint32_t number, std::expected<void, Response> decision) {
  if (state_ != State::answering || number != number_) return;
  if (!decision) return respond(std::move(decision.error()));
  if (connection_.hub().draining) return refuse({503, "the server is going away"});
  state_ = State::ended;
  sendSwitch();
}

void Http::sendSwitch() {
  Connection& connection = connection_;
  connection.output().add(std::make_shared<const std::string>(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      accept_ + (deflate_ ? "\r\nSec-WebSocket-Extensions: " + *deflate_ : std::string{}) + "\r\n\r\n"));
  auto socket = std::make_unique<WebSocketConnection>(connection, deflate_.has_value());
  WebSocketConnection& opened = *socket;
  connection.become(std::move(socket));
  connection.flush();
  auto request = exchange_.switched();
  if (connection.alive()) opened.open(std::move(request));
}

// HTTP/1.0 has no chunks: there only the connection's end would tell where a body of unknown size ends, and a proxy
// takes a connection that breaks for that. So such a body is made as a whole first, and sent with its size.
void Http::respond(Response response) {
  const bool isCollected = response.stream && !response.streamBytes && !isHttp11_;
  if (!isCollected || isHead_ || !hasBody(response.status)) return sendNow(std::move(response));
  state_ = State::collecting;
  since_ = connection_.hub().loop.now();
  whole_ = std::move(response);
  collect();
}

void Http::collect() {
  for (int reads = 0; reads < readsPerTurn; ++reads) {
    BodySource::State state{};
    if (!connection_.hub().guarded("a body", [&] { state = whole_->stream->read(whole_->body); }))
      return connection_.abort();
    if (state == BodySource::State::ended) {
      whole_->stream.reset();
      return sendCollected();
    }
    if (whole_->body.size() > collectedMost) return sendCollected();
    if (state == BodySource::State::waits) return wakeWhenReady(*whole_->stream);
  }
  continueLater();
}

// What is not there by now follows as it comes.
void Http::sendCollected() { sendNow(*std::exchange(whole_, std::nullopt)); }

void Http::sendNow(Response response) {
  ++number_;
  const bool sendsBody = !isHead_ && hasBody(response.status);
  // A body of its own is counted until it is sent. What the answer then says is short.
  ByteBudget::Place place{connection_.hub().memory};
  if (sendsBody && !place.growTo(response.body.capacity())) {
    response = textResponse(503, "this server has no memory left for the answer: too many others wait to be read");
    response.headers.emplace_back("Retry-After", "1");
  }
  place.shrinkTo(0);
  head_.shrinkTo(0);
  exchange_.answers(response.status);
  state_ = State::sending;
  since_ = connection_.hub().loop.now();
  bodyBytesLeft_ = response.stream ? response.streamBytes : std::nullopt;
  chunks_ = response.stream && !bodyBytesLeft_ && isHttp11_;
  keepAlive_ = keepAlive_ && !connection_.hub().draining && (chunks_ || bodyBytesLeft_ || !response.stream);
  const HeadOptions options{.date = connection_.hub().date(), .keepAlive = keepAlive_, .isHttp11 = isHttp11_};
  Output& output = connection_.output();
  output.add(std::make_shared<const std::string>(responseHead(response, options)));
  if (sendsBody) {
    if (response.stream) {
      if (!response.body.empty() && !connection_.queue(std::move(response.body))) return connection_.abort();
      body_ = std::move(response.stream);
      return sendBody();
    }
    if (response.body.empty()) {
      output.add({}, response.staticBody);
    } else if (!connection_.queue(std::move(response.body))) {
      return connection_.abort();
    }
  }
  if (connection_.flush()) afterAnswer();
}

// Makes the body as fast as the peer takes it.
void Http::sendBody() {
  for (int reads = 0; body_; ++reads) {
    if (reads == readsPerTurn) return continueLater();
    std::string made;
    BodySource::State state{};
    const bool whole = connection_.hub().guarded("a body", [&] { state = body_->read(made); });
    if (!whole) return connection_.abort();
    const bool ended = state == BodySource::State::ended;
    if (!countBody(made.size(), ended)) return connection_.abort();
    if (!made.empty()) since_ = connection_.hub().loop.now();
    if (chunks_) made = asChunk(made, ended);
    if (!made.empty() && !connection_.queue(std::move(made))) return connection_.abort();
    if (ended) body_.reset();
    if (!connection_.flush()) return;  // drained() comes
    if (ended) return afterAnswer();
    if (state == BodySource::State::waits) return wakeWhenReady(*body_);
  }
}

void Http::wakeWhenReady(BodySource& body) {
  connection_.watchForEnd();
  body.onReady([connection = connection_.weak_from_this(), number = number_] {
    // Never from within a call of the body's.
    const auto waiting = connection.lock();
    if (waiting && waiting->alive()) postBodyReady(*waiting, number);
  });
}

// The loop's other connections have their turn.
void Http::continueLater() { postBodyReady(connection_, number_); }

// Whether the body keeps to the size that the head has told.
bool Http::countBody(std::uint64_t made, bool ended) {
  if (!bodyBytesLeft_) return true;
  const bool fits = made <= *bodyBytesLeft_ && (!ended || made == *bodyBytesLeft_);
  *bodyBytesLeft_ -= std::min(made, *bodyBytesLeft_);
  if (!fits) connection_.hub().logFailure("a body", "it is not of the size that its head has told");
  return fits;
}

void Http::bodyReady(std::uint32_t number) {
  if (number == number_ && state_ == State::collecting) return collect();
  if (number == number_ && state_ == State::sending && !connection_.hasUnsent()) sendBody();
}

void Http::refuse(HttpError why) {
  keepAlive_ = false;
  if (parser_) exchange_.asked(parser_->soFar());
  parser_.reset();  // and what has come of a body: the rest is let pass unread
  if (why.status == 503 && why.retryAfter == 0) why.retryAfter = 1;
  respond(errorResponse(std::move(why)));
}

void Http::noMemory() {
  if (state_ != State::reading) return connection_.abort();
  refuse({503, "this server has no memory left for this request"});
}

void Http::drained() {
  if (state_ != State::sending) return;
  if (body_) return sendBody();
  afterAnswer();
}

void Http::afterAnswer() {
  exchange_.end();
  if (!keepAlive_) {
    state_ = State::ended;
    return connection_.finish(lingers_);
  }
  state_ = State::reading;
  since_ = connection_.hub().loop.now();
  connection_.resume();
}

void Http::tick(loop::TimePoint now) {
  const Limits& limits = connection_.hub().limits;
  if (state_ != State::sending || !connection_.hasUnsent()) rate_.rest();
  if (state_ == State::reading && parser_) {
    if (const auto why = tooSlow(now)) refuse({408, *why});
  } else if (state_ == State::reading) {
    // One that has never asked for anything has only the time that a header has.
    if (now - since_ >= (number_ == 0 ? limits.headerTime : limits.idleTime)) connection_.abort();
  } else if (state_ == State::collecting) {
    // It may go on for ever: then what there is has to do.
    if (now - since_ >= limits.collectTime) sendCollected();
  } else if (state_ == State::sending && connection_.hasUnsent()) {
    if (rate_.isTooSlow(now, connection_.takenBytes(), limits.answerBytesPerSecond, limits.answerRateAfter))
      connection_.abort();
  }
}

std::optional<std::string> Http::tooSlow(loop::TimePoint now) const {
  const Limits& limits = connection_.hub().limits;
  const std::chrono::duration<double> spent = now - since_;
  if (!inBody_) {
    if (spent < limits.headerTime) return std::nullopt;
    return fmt::format("the request's header was not whole within {} seconds", loop::inSeconds(limits.headerTime));
  }
  if (spent.count() >= bodySeconds())
    return fmt::format("the request's body was not whole within {:.6g} seconds", bodySeconds());
  const auto least = static_cast<double>(limits.bodyBytesPerSecond);
  if (spent >= limits.bodyRateAfter && static_cast<double>(parser_->bodyBytes()) < least * spent.count())
    return fmt::format("the request's body came slower than {} bytes a second", limits.bodyBytesPerSecond);
  return std::nullopt;
}

// A long upload has as much again for each further bodyBytes that have come of it.
double Http::bodySeconds() const {
  const Limits& limits = connection_.hub().limits;
  const std::size_t times = limits.bodyBytes > 0 ? parser_->bodyBytes() / limits.bodyBytes : 0;
  return loop::inSeconds(limits.bodyTime) * static_cast<double>(std::max<std::size_t>(times, 1));
}

void Http::quiesce() {
  if (state_ == State::reading && !parser_) {
    state_ = State::ended;
    connection_.finish();
  } else {
    keepAlive_ = false;
  }
}

}  // namespace duramen::server
