#pragma once
// A WebSocket on a connection (RFC 6455): messages to the handler, frames from the outlet, the close handshake.

#include "loop/pace.h"
#include "server/connection.h"
#include "server/exchange.h"
#include "server/reading_rate.h"
#include "wire/frame_decoder.h"

namespace duramen::server {

class WebSocketConnection : public Protocol {
 public:
  // `deflate`: permessage-deflate was agreed on.
  WebSocketConnection(Connection& connection, bool deflate);
  // Tells the handler. `request` is for the access log. REQUIRES: the 101 is queued or sent.
  void open(std::unique_ptr<AccessEntry> request);

  std::size_t received(std::span<std::byte> input) override;
  bool wantsInput() const override;
  bool hasMore() const override { return decoder_.hasMore(); }
  void tick(loop::TimePoint now) override;
  void drain() override;
  void gone() override { leaveOpen(wire::close_code::abnormal); }
  void push(const SharedFrame& page) override;
  void reply(SharedFrame frame) override;
  void send(SharedFrame frame) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void hold(bool held) override;
  void noMemory() override;
  void drained() override;

 private:
  // closing: our close frame is on its way, the peer's is awaited. ended: both are, or the peer broke the protocol.
  enum class State : std::uint8_t { open, closing, ended };

  void handle(const wire::Piece& piece);
  void queue(SharedFrame frame);
  loop::Duration frameTime() const;
  // How many frames may be taken in this turn.
  std::size_t framesNow() const;
  void pay(std::size_t frames, loop::Duration time);
  bool usesMuch() const;
  void rest();
  void awaitTurn();
  void fail(const wire::FrameError& error);
  void closeNow(std::uint16_t code, std::string_view reason);
  bool answersWait() const;
  void leaveOpen(std::uint16_t code);

  Connection& connection_;
  wire::FrameDecoder decoder_;
  SocketTally tally_;
  State state_ = State::open;
  loop::Pace pace_;   // of its frames, and of the time that they take
  loop::Timer rest_;  // while it has used up what it may take of both
  bool awaitsTurn_ = false;
  bool opened_ = false;  // the handler knows it
  bool held_ = false;
  bool pinged_ = false;                       // since the peer was last heard
  ByteBudget::Place memory_;                  // of what the decoder holds
  std::optional<loop::TimePoint> partSince_;  // when a message that is not whole yet began
  ReadingRate rate_;                          // at which answers are taken
};

}  // namespace duramen::server
