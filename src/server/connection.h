#pragma once
// A TCP connection as a state machine in its loop's table. While it is idle it has neither a buffer nor a coroutine: it
// waits for readiness, reads into the buffer that the loop's connections share, and writes at once what the kernel
// takes. What it speaks is a Protocol: HTTP first, WebSocket after an upgrade.

#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "server/hub.h"
#include "server/output.h"
#include "server/proxy_protocol.h"
#include "server/tls.h"

namespace duramen::server {

class Protocol {
 public:
  virtual ~Protocol() = default;
  // Takes bytes from the front of `input`, and may change them; returns how many. The rest is offered again.
  virtual std::size_t received(std::span<std::byte> input) = 0;
  virtual bool wantsInput() const = 0;
  // Whether it goes on without further input: received({}) is called then, too.
  virtual bool hasMore() const { return false; }
  // All that was queued is sent, some time after it was queued.
  virtual void drained() {}
  // Now and then, for time limits.
  virtual void tick(loop::TimePoint now) = 0;
  // The server is about to stop: nothing new begins.
  virtual void quiesce() {}
  // The server stops: end when it is polite.
  virtual void drain() = 0;
  // The connection has gone.
  virtual void gone() {}
  // HTTP: the handler's answers to the request of this number.
  virtual void answered(std::uint32_t /*number*/, Response /*response*/) {}
  virtual void decided(std::uint32_t /*number*/, std::expected<void, Response> /*decision*/) {}
  // HTTP: the body of the answer to this request has more.
  virtual void bodyReady(std::uint32_t /*number*/) {}
  // WebSocket: the outlet's calls.
  virtual void push(const SharedFrame& /*page*/) {}
  virtual void reply(SharedFrame /*frame*/) {}
  virtual void send(SharedFrame /*frame*/) {}
  virtual void close(std::uint16_t /*code*/, std::string_view /*reason*/) {}
  virtual void hold(bool /*held*/) {}
  // What has come cannot be kept until its turn: the server has no memory left for it.
  virtual void noMemory() = 0;
};

// How long a peer may take to end what we have ended.
inline constexpr loop::Duration closeWait = std::chrono::seconds{5};
// Likewise, while it goes on sending what was refused: a browser reads no answer before it has sent the whole body.
// Bounded, since such a connection holds its place among the others.
inline constexpr loop::Duration lingerMost = std::chrono::seconds{60};

// "127.0.0.1"; empty if the peer has gone, or came by a Unix socket.
std::string peerAddress(int descriptor);

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `place` is given up when the connection ends. `tls`: what it speaks below its protocol; null: nothing.
  Connection(Hub& hub, FileDescriptor descriptor, SocketId id, ConnectionLimits::Place place,
             std::shared_ptr<const TlsContext> tls = nullptr);
  ~Connection();
  void start(std::unique_ptr<Protocol> protocol);

  Hub& hub() { return hub_; }
  SocketId id() const { return id_; }
  bool alive() const { return !dead_; }
  Protocol& protocol() { return *protocol_; }
  Output& output() { return output_; }
  // "127.0.0.1"; empty if the peer has gone, or came by a Unix socket. Of the client, if a proxy has said so.
  std::string peerAddress() const;
  // What comes first is the PROXY protocol's header. Before start().
  void expectProxyHeader() { preamble_ = std::make_unique<ProxyPreamble>(); }
  bool isSecure() const { return tls_ != nullptr; }
  // When the peer last sent something, or took something that had to wait.
  loop::TimePoint lastHeard() const { return lastHeard_; }
  void touch(loop::TimePoint now) { lastHeard_ = now; }
  // So far, of the whole connection.
  std::uint64_t receivedBytes() const { return receivedBytes_; }
  std::uint64_t sentBytes() const { return sentBytes_; }
  // What the peer's system has taken of that, as far as ours knows.
  std::uint64_t takenBytes() const;

  // Whether something is queued, or stands in TLS's record that the kernel did not take whole.
  bool hasUnsent() const { return !output_.empty() || (tls_ && tls_->hasUnsent()); }
  // Queues bytes that are counted while they wait. False, and nothing is queued: there is no memory left for them.
  bool queue(std::string bytes);
  // Writes what is queued, as far as the kernel takes it; whether nothing is left.
  bool flush();
  // Sends the page at once, or as the latest when the socket is ready.
  void push(const SharedFrame& page);
  // Speaks another protocol from here on. The caller, of the old one, may finish what it does.
  void become(std::unique_ptr<Protocol> protocol);
  // The protocol wants input again.
  void resume();
  // While the protocol wants none: ends the connection when the peer ends its direction. What the peer sends instead,
  // once, is kept for the protocol.
  void watchForEnd();
  // Closes if the peer has not ended by `closeWait` from now.
  void setDeadline();
  // Sends what is queued, then ends our direction; what still comes is dropped until the peer ends too. So the peer can
  // read our last words: closing with unread input would reset the connection (RFC 9112 §9.6). With `lingers` a peer
  // that goes on sending has up to `lingerMost`.
  void finish(bool lingers = false);
  // Closes at once. `silently`: without telling protocol and hub.
  void abort(bool silently = false);

  void tick(loop::TimePoint now);
  // While the server drains, since then: closes if the peer has been silent for as long as that is waited for.
  void endIfSilent(loop::TimePoint now, loop::TimePoint draining);
  // Runs an event of this connection. One that finds no memory ends the connection, whose state nobody knows then, and
  // nothing else.
  template <class Event>
  void guarded(Event event) {
    try {
      event();
    } catch (const std::bad_alloc&) {
      hub_.logFailure("a connection", "there is no memory left");
      abort();
    }
  }

 private:
  void bury();
  void armRead();
  void armWrite();
  void readable();
  void lookForEnd();
  void writable();
  void deliver(std::span<std::byte> input);
  void keep(std::span<const std::byte> input);
  bool reads() const { return !cut_ && (discarding_ || protocol_->wantsInput()); }
  void endOurDirection();
  void countSent(std::size_t bytes);
  // As recv(), sendmsg() and send() of the socket, or of what is above it.
  ssize_t receive(std::span<std::byte> into);
  bool readPreamble();
  ssize_t transmit(std::span<iovec> pieces);
  void noteHandshake();
  void refusePlainHttp();

  Hub& hub_;  // not after dead_
  Descriptor socket_;
  const SocketId id_;
  ConnectionLimits::Place place_;
  std::unique_ptr<ProxyPreamble> preamble_;  // until it was read
  std::string client_;                       // as a proxy has named it
  std::unique_ptr<TlsChannel> tls_;
  std::unique_ptr<Protocol> protocol_;
  Output output_;
  std::string pending_;  // input that the protocol did not take yet; empty while idle
  ByteBudget::Place pendingPlace_;
  loop::TimePoint lastHeard_;
  std::uint64_t receivedBytes_ = 0;
  std::uint64_t sentBytes_ = 0;
  std::optional<loop::TimePoint> deadline_;
  std::optional<loop::TimePoint> lingersUntil_;
  bool reading_ = false;  // waits for input
  bool watching_ = false;
  bool writing_ = false;  // waits for room
  bool progressed_ = false;
  bool delivering_ = false;
  bool cut_ = false;  // the protocol has its next turn by work of its own
  bool discarding_ = false;
  bool finishing_ = false;
  bool dead_ = false;
};

}  // namespace duramen::server
