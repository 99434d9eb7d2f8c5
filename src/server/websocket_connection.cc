#include "server/websocket_connection.h"

#include <algorithm>

#include "wire/websocket.h"

namespace duramen::server {
namespace {

// What one turn of the loop takes of a socket, so that one that sends much does not hold up the others.
constexpr std::size_t framesPerTurn = 2;
constexpr loop::Duration timePerTurn = std::chrono::microseconds{50};
constexpr std::size_t bytesPerPiece = 4 * 1024;

// A socket may keep its loop busy for this part of the time.
constexpr double share = 0.1;
// And as much at once, after a pause, as in a second.
constexpr loop::Duration atOnce = std::chrono::seconds{1};

}  // namespace

using wire::Opcode;
namespace close_code = wire::close_code;

WebSocketConnection::WebSocketConnection(Connection& connection, bool deflate)
    : connection_(connection),
      decoder_(wire::Role::server, {.messageBytes = connection.hub().limits.messageBytes, .pieceBytes = bytesPerPiece},
               deflate ? &connection.hub().inflaters : nullptr),
      tally_(connection),
      memory_(connection.hub().memory) {}

void WebSocketConnection::open(std::unique_ptr<AccessEntry> request) {
  opened_ = true;
  tally_.opened(std::move(request));
  Hub& hub = connection_.hub();
  if (!hub.guarded("an opened socket", [&] { hub.handler.opened(connection_.id()); }))
    close(close_code::internalError, "internal error");
  connection_.resume();
}

bool WebSocketConnection::wantsInput() const {
  if (rest_ || awaitsTurn_) return false;
  if (state_ == State::closing) return true;
  return state_ == State::open && !held_ && !answersWait();
}

// Whether more of them are unread than a client may have.
bool WebSocketConnection::answersWait() const {
  return connection_.output().replyCost() > connection_.hub().limits.unreadReplyBytes;
}

std::size_t WebSocketConnection::received(std::span<std::byte> input) {
  std::span<std::byte> rest = input;
  pinged_ = false;
  loop::ThreadLoop& loop = connection_.hub().loop;
  const loop::TimePoint began = loop.now();
  const std::size_t most = framesNow();
  std::size_t frames = most;
  bool isOver = false;
  while (connection_.alive() && wantsInput() && !isOver) {
    const auto piece = decoder_.next(rest, frames);
    if (!piece) {
      fail(piece.error());
      return input.size();
    }
    if (!*piece) break;
    handle(**piece);
    isOver = loop.now() - began >= timePerTurn;
  }
  if (!decoder_.isWithinMessage()) {
    partSince_.reset();
  } else if (!partSince_) {
    partSince_ = connection_.lastHeard();
  }
  if (connection_.alive() && !memory_.resize(decoder_.heldBytes())) noMemory();
  pay(most - frames, loop.now() - began);
  if ((frames == 0 || isOver || usesMuch()) && connection_.alive() && state_ != State::ended) this->rest();
  return input.size() - rest.size();
}

// The part of a second that a frame takes.
loop::Duration WebSocketConnection::frameTime() const {
  return std::max(atOnce / std::max(connection_.hub().limits.framesPerSecond, 1U), loop::Duration{1});
}

std::size_t WebSocketConnection::framesNow() const {
  const loop::Duration room = pace_.room(connection_.hub().loop.now(), atOnce);
  return std::min(framesPerTurn, static_cast<std::size_t>(std::max(room, loop::Duration{0}) / frameTime()));
}

// Whichever is more: for how many frames there were, or for how long they took.
void WebSocketConnection::pay(std::size_t frames, loop::Duration time) {
  const loop::Duration forFrames = static_cast<loop::Duration::rep>(frames) * frameTime();
  pace_.pay(connection_.hub().loop.now(), std::max(forFrames, loop::scaled(time, 1 / share)));
}

// Then it is read in turns only, also of what it sends next.
bool WebSocketConnection::usesMuch() const { return pace_.room(connection_.hub().loop.now(), atOnce) < atOnce / 2; }

// Until the socket may take a turn's worth again.
void WebSocketConnection::rest() {
  const loop::Duration worth = std::min(static_cast<loop::Duration::rep>(framesPerTurn) * frameTime(), atOnce);
  loop::ThreadLoop& loop = connection_.hub().loop;
  const loop::Duration wait = framesNow() > 0 ? loop::Duration{0} : pace_.wait(loop.now(), atOnce, worth);
  if (wait == loop::Duration{0}) return awaitTurn();
  rest_ = loop.after(wait, [this] {
    rest_.reset();
    awaitTurn();
  });
}

// Lets the others have their turn.
void WebSocketConnection::awaitTurn() {
  awaitsTurn_ = true;
  connection_.hub().turns.add([this, weak = connection_.weak_from_this()] {
    const auto connection = weak.lock();
    if (!connection || !connection->alive()) return;
    awaitsTurn_ = false;
    connection->touch(connection->hub().loop.now());  // it could not be heard
    connection->resume();
  });
}

void WebSocketConnection::handle(const wire::Piece& piece) {
  const std::string_view text{reinterpret_cast<const char*>(piece.payload.data()), piece.payload.size()};
  if (piece.opcode == Opcode::close) {
    const bool answer = state_ == State::open;
    state_ = State::ended;
    leaveOpen(piece.closeCode);
    connection_.output().dropPage();
    if (answer) {
      const std::uint16_t code = piece.closeCode == close_code::none ? close_code::normal : piece.closeCode;
      connection_.output().add(std::make_shared<const std::string>(wire::closeFrame(code, text)));
      if (!connection_.flush() && !connection_.alive()) return;
    }
    return connection_.finish();
  }
  if (state_ != State::open) return;
  if (piece.opcode == Opcode::ping) {
    connection_.output().setPong(std::make_shared<const std::string>(wire::frame(Opcode::pong, text)));
    connection_.flush();
  } else if (piece.opcode == Opcode::text && piece.last) {
    fail({close_code::unsupportedData, "this server takes binary messages only"});
  } else if (piece.opcode == Opcode::binary) {
    if (piece.last) {
      tally_.received();
      partSince_.reset();
    }
    Hub& hub = connection_.hub();
    if (!hub.guarded("a message", [&] { hub.handler.piece(connection_.id(), piece.payload, piece.last); }))
      close(close_code::internalError, "internal error");
  }
}

// The peer does not speak as it should: nothing more of it is read, so its close frame is not awaited.
void WebSocketConnection::fail(const wire::FrameError& error) {
  const bool tell = state_ == State::open;
  state_ = State::ended;
  leaveOpen(error.closeCode);
  connection_.output().dropPage();
  if (tell) {
    connection_.output().add(std::make_shared<const std::string>(wire::closeFrame(error.closeCode, error.reason)));
    if (!connection_.flush() && !connection_.alive()) return;
  }
  connection_.finish();
}

void WebSocketConnection::leaveOpen(std::uint16_t code) {
  if (!opened_) return;
  connection_.hub().post(
      [id = connection_.id()](Hub& hub) { hub.guarded("a closed socket", [&] { hub.handler.closed(id); }); });
  opened_ = false;  // only now: it is told again if there was no memory for that
  tally_.closed(code);
}

void WebSocketConnection::push(const SharedFrame& page) {
  if (state_ != State::open) return;
  tally_.page();
  connection_.push(page);
}

void WebSocketConnection::reply(SharedFrame frame) {
  if (state_ == State::open && connection_.output().hasPage()) {
    connection_.hub().metrics.supersededPages.add();
    connection_.output().dropPage();
  }
  send(std::move(frame));
}

void WebSocketConnection::send(SharedFrame frame) {
  if (state_ == State::open) tally_.answer();
  queue(std::move(frame));
}

void WebSocketConnection::queue(SharedFrame frame) {
  if (state_ != State::open) return;
  connection_.output().add(std::move(frame));
  connection_.flush();
  if (connection_.alive() && connection_.output().replyCost() > connection_.hub().limits.unreadReplyBytesMost)
    closeNow(close_code::tryAgainLater, "too many answers wait to be read");
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open || !connection_.alive()) return;
  state_ = State::closing;
  leaveOpen(code);
  connection_.output().dropPage();
  connection_.output().add(std::make_shared<const std::string>(wire::closeFrame(code, reason)));
  if (connection_.flush()) connection_.setDeadline();
  connection_.resume();
}

// The peer has read what came before the close frame: it may answer that.
void WebSocketConnection::drained() {
  if (state_ == State::closing) connection_.setDeadline();
}

// Without what waits to be read.
void WebSocketConnection::closeNow(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  connection_.output().dropWaiting();
  close(code, reason);
  connection_.setDeadline();
}

void WebSocketConnection::noMemory() {
  closeNow(close_code::tryAgainLater, "the server has no memory for this message now");
}

void WebSocketConnection::hold(bool held) {
  held_ = held;
  if (!held) connection_.resume();
}

void WebSocketConnection::tick(loop::TimePoint now) {
  if (state_ == State::ended) return;
  const Limits& limits = connection_.hub().limits;
  if (!(state_ == State::closing ? connection_.hasUnsent() : answersWait())) {
    rate_.rest();
  } else if (rate_.isTooSlow(now, connection_.takenBytes(), limits.replyBytesPerSecond, limits.replyRateAfter)) {
    if (state_ == State::closing) return connection_.abort();
    return closeNow(close_code::tryAgainLater, "its answers are read too slowly");
  }
  if (state_ != State::open) return;
  // One that is not read cannot be heard.
  if (held_ || answersWait()) {
    if (partSince_) partSince_ = now;
    return connection_.touch(now);
  }
  if (partSince_ && now - *partSince_ >= limits.bodyTime)
    return closeNow(close_code::policyViolation, "the message was not whole in time");
  const loop::Duration silence = now - connection_.lastHeard();
  const loop::Duration limit = connection_.hub().limits.ping;
  if (silence >= 2 * limit) return connection_.abort();
  if (silence < limit) {
    pinged_ = false;
  } else if (!pinged_ && !connection_.hasUnsent()) {
    pinged_ = true;
    queue(std::make_shared<const std::string>(wire::frame(Opcode::ping, {})));
  }
}

void WebSocketConnection::drain() { close(close_code::goingAway, "the server is going away"); }

}  // namespace duramen::server
