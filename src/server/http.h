#pragma once
// HTTP/1.1 on a connection: one request at a time, so that answers go out in order. Bytes of the next request wait
// unparsed, and the socket is not read, until the answer is sent.

#include <memory>
#include <optional>

#include "server/connection.h"
#include "server/exchange.h"
#include "server/reading_rate.h"
#include "server/request_parser.h"
#include "server/response_head.h"

namespace duramen::server {

class Http : public Protocol {
 public:
  explicit Http(Connection& connection);
  // A connection too many: its first request is answered so, whatever it is.
  static std::unique_ptr<Http> refusing(Connection& connection, HttpError why);

  std::size_t received(std::span<std::byte> input) override;
  bool wantsInput() const override { return state_ == State::reading; }
  void drained() override;
  void tick(loop::TimePoint now) override;
  void quiesce() override;
  void drain() override { quiesce(); }
  void gone() override { exchange_.breakOff(); }
  void answered(std::uint32_t number, Response response) override;
  void decided(std::uint32_t number, std::expected<void, Response> decision) override;
  void bodyReady(std::uint32_t number) override;
  void noMemory() override;

 private:
  // collecting: an answer of unknown size is made as a whole.
  enum class State { reading, answering, collecting, sending, ended };

  void begin();
  void beginUpgrade(Request request);
  void respond(Response response);
  void collect();
  void sendCollected();
  void sendNow(Response response);
  void sendSwitch();
  void sendBody();
  void wakeWhenReady(BodySource& body);
  void continueLater();
  bool countBody(std::uint64_t made, bool ended);
  void refuse(HttpError why);
  double bodySeconds() const;
  void afterAnswer();
  // Why a request that is read takes too long; nothing while it does not.
  std::optional<std::string> tooSlow(loop::TimePoint now) const;

  Connection& connection_;
  Exchange exchange_;
  std::unique_ptr<RequestParser> parser_;  // while a request is read
  loop::TimePoint since_;                  // when the state, or the request, or its body began
  ReadingRate rate_;                       // at which the answer is taken
  ByteBudget::Place head_;                 // of the request's, until it is answered
  State state_ = State::reading;
  std::uint32_t number_ = 0;  // of the request that is answered
  bool keepAlive_ = true;
  bool isHttp11_ = true;
  bool isHead_ = false;
  bool inBody_ = false;  // of the request that is read
  std::optional<HttpError> refusal_;
  std::optional<Response> whole_;               // while it is collected
  bool chunks_ = false;                         // the body's end is told by a last chunk, not by the connection's
  std::unique_ptr<BodySource> body_;            // what of it is not made yet
  bool lingers_ = false;                        // the rest of a body that was refused may still be sent
  std::optional<std::uint64_t> bodyBytesLeft_;  // if the head has told its size
  std::string accept_;                          // of an upgrade that waits for its decision
  std::optional<std::string> deflate_;          // likewise: what of permessage-deflate is agreed on
};

}  // namespace duramen::server
