#include "server/transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/found_memory.h"
#include "server/connection.h"
#include "server/http.h"
#include "server/reserve_descriptor.h"
#include "server/trusted_proxies.h"

namespace duramen::server {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

// How many connections one wake-up accepts: few, so that loops which share a listener share its connections.
constexpr int acceptsPerWakeUp = 4;
// How long accepting rests when the system has no descriptors or memory left.
constexpr loop::Duration acceptRest = 100ms;
// How often the log says so, at most.
constexpr loop::Duration scarcityLog = 10s;
// How long one turn of the loop looks at connections for their time limits: all those that came at once may be over at
// once, and each costs an answer.
constexpr loop::Duration sweepTurn = 20us;
// Connections above a limit that are told so. Beyond these, new ones are closed without a word.
constexpr std::size_t refusedMost = 100;

// Whether accept() failed for want of something that may be there again later, and not for this connection's fault.
bool isScarcity(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

class Transport::Impl : public Hub {
 public:
  Impl(loop::ThreadLoop& l, Handler& h, const Limits& limit, Log where, ConnectionLimits places, BodyStore all,
       ByteBudget most)
      : Hub(l, h, limit, std::move(where), std::move(all), std::move(most)), places_(std::move(places)) {}

  void accept(int listening, const AcceptOptions& options);
  void quiesce();
  void drain(loop::Duration most, Work done);
  void shutDown();
  // `use` may end connections, and opens none.
  template <class Use>
  void forEach(Use use) const {
    std::size_t at = 0;
    do {
      if (const auto connection = table.next(at)) use(*connection);
    } while (at != 0);
  }
  // Of a socket that is open.
  template <class Use>
  void call(SocketId socket, Use use) const {
    Connection* const connection = table.find(socket);
    if (connection != nullptr && connection->alive()) connection->guarded([&] { use(connection->protocol()); });
  }

 private:
  struct Acceptor {
    Acceptor(boost::asio::io_context& context, int descriptor, const AcceptOptions& how)
        : socket(context, descriptor), options(how) {}
    Descriptor socket;
    const AcceptOptions options;
    bool waits = false;  // for a connection
    loop::Timer rest;
  };

  void armAccept(const std::shared_ptr<Acceptor>& acceptor);
  void resume();
  void acceptSome(const std::shared_ptr<Acceptor>& acceptor);
  int refuseOne(int listening, int error);
  void rest(const std::shared_ptr<Acceptor>& acceptor);
  void logScarcity(std::string_view what, int error);
  void stopAccepting();
  bool take(int descriptor, const AcceptOptions& options);
  void open(int descriptor, const AcceptOptions& options);
  void scheduleSweep();
  void sweep();
  void cutOff();
  void cutSilent(loop::TimePoint since);

  ConnectionLimits places_;
  ConnectionLimits refusals_{{.connections = refusedMost}};  // of connections above a limit of places_
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
  ReserveDescriptor reserve_;
  std::optional<loop::TimePoint> scarcityLogged_;
  loop::Timer sweepTimer_;     // also while a sweep goes on
  std::size_t sweepFrom_ = 0;  // the place in the table that is next
  loop::Timer drainTimer_;
  loop::Timer silenceTimer_;  // while it drains
};

void Transport::Impl::accept(int listening, const AcceptOptions& options) {
  const int descriptor = ::fcntl(listening, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0)
    return log.error(fmt::format("cannot share the listening socket: {}", std::generic_category().message(errno)));
  if (acceptors_.empty())
    loop.afterScarcity([hub = weak_from_this()] {
      if (const auto self = std::static_pointer_cast<Impl>(hub.lock())) self->resume();
    });
  acceptors_.push_back(std::make_shared<Acceptor>(loop::asioContext(loop), descriptor, options));
  reserve_.hold();
  armAccept(acceptors_.back());
}

void Transport::Impl::armAccept(const std::shared_ptr<Acceptor>& acceptor) {
  acceptor->socket.async_wait(Descriptor::wait_read, [hub = weak_from_this(), acceptor](const error_code& error) {
    acceptor->waits = false;
    const auto self = std::static_pointer_cast<Impl>(hub.lock());
    if (!error && self && !self->draining) self->acceptSome(acceptor);
  });
  acceptor->waits = true;
}

// What an event that found no memory did not come to.
void Transport::Impl::resume() {
  for (const auto& acceptor : acceptors_)
    if (!draining && !acceptor->waits && !acceptor->rest) armAccept(acceptor);
  if (table.size() > 0) scheduleSweep();
}

void Transport::Impl::acceptSome(const std::shared_ptr<Acceptor>& acceptor) {
  const int listening = acceptor->socket.native_handle();
  reserve_.hold();  // before a connection takes what may be the only one that is free
  for (int i = 0; i < acceptsPerWakeUp; ++i) {
    const int descriptor = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0 && take(descriptor, acceptor->options)) continue;
    if (descriptor >= 0) return rest(acceptor);
    const int error = isScarcity(errno) ? refuseOne(listening, errno) : errno;
    if (isScarcity(error)) return rest(acceptor);
    if (error == EAGAIN || error == EWOULDBLOCK) break;
    // Anything else is the connection's own: it has gone before it was accepted.
  }
  armAccept(acceptor);
}

// Closes a connection for which accept() failed with `error`. 0, or what is in the way of that.
int Transport::Impl::refuseOne(int listening, int error) {
  metrics.failedAccepts.add();
  if (error == EMFILE) {
    const auto refused = reserve_.refuseOne(listening);
    if (refused) {
      metrics.rejectedForDescriptors.add();
      logScarcity("connections are refused", error);
      return 0;
    }
    error = refused.error();
  }
  if (isScarcity(error)) logScarcity("cannot accept connections for the moment", error);
  return error;
}

// The listener stays ready, so a wait for that would be over at once.
void Transport::Impl::rest(const std::shared_ptr<Acceptor>& acceptor) {
  acceptor->rest = loop.after(acceptRest, [this, acceptor] {
    acceptor->rest.reset();
    armAccept(acceptor);
  });
}

void Transport::Impl::logScarcity(std::string_view what, int error) {
  const loop::TimePoint now = loop.now();
  if (scarcityLogged_ && now - *scarcityLogged_ < scarcityLog) return;
  scarcityLogged_ = now;
  log.warning(fmt::format("{}: {}", what, std::generic_category().message(error)));
}

void Transport::Impl::stopAccepting() {
  for (const auto& acceptor : acceptors_) {
    // Its waiting call holds it.
    error_code ignored;
    acceptor->socket.close(ignored);
    acceptor->rest.reset();
  }
  acceptors_.clear();
  reserve_.release();
}

// Whether there was memory for it.
bool Transport::Impl::take(int descriptor, const AcceptOptions& options) {
  try {
    open(descriptor, options);
    return true;
  } catch (const std::bad_alloc&) {
    metrics.failedAccepts.add();
    logFailure("a connection", "there is no memory left");
    return false;
  }
}

void Transport::Impl::open(int descriptor, const AcceptOptions& options) {
  FileDescriptor owned{descriptor};
  const std::string peer = peerAddress(descriptor);
  auto place = places_.take(peer);
  std::optional<HttpError> refusal;
  if (!place) {
    refusal = std::move(place.error());
    logLimit(*refusal, peer);
    place = refusals_.take({});
  }
  if (!place) {
    metrics.rejectedAboveLimit.add();
    return;
  }
  const SocketId id = table.reserve();
  std::shared_ptr<Connection> connection;
  std::unique_ptr<Http> http;
  try {
    connection = std::make_shared<Connection>(*this, std::move(owned), id, std::move(*place),
                                              options.tls ? options.tls->current() : nullptr);
    if (options.proxyProtocolOf && options.proxyProtocolOf->trust(connection->peerAddress()))
      connection->expectProxyHeader();
    http = refusal ? Http::refusing(*connection, std::move(*refusal)) : std::make_unique<Http>(*connection);
  } catch (const std::bad_alloc&) {
    table.release(id);
    throw;
  }
  metrics.acceptedConnections.add();
  table.put(id, connection);
  connection->start(std::move(http));
  scheduleSweep();
}

// One timer for the time limits of all connections, and none while there are none.
void Transport::Impl::scheduleSweep() {
  if (sweepTimer_) return;
  const loop::Duration shortest = std::min({limits.ping, limits.headerTime, limits.bodyTime, limits.bodyRateAfter,
                                            limits.idleTime, limits.answerRateAfter, limits.replyRateAfter, closeWait});
  sweepTimer_ = loop.after(std::max<loop::Duration>(shortest / 4, 1ms), [this] { sweep(); });
}

void Transport::Impl::sweep() {
  const loop::TimePoint now = loop.now();
  do {
    if (const auto connection = table.next(sweepFrom_)) connection->tick(now);
  } while (sweepFrom_ != 0 && loop.now() - now < sweepTurn);
  const auto goOn = [this] { post([](Hub& hub) { static_cast<Impl&>(hub).sweep(); }); };
  if (sweepFrom_ != 0 && foundMemory(goOn)) return;
  sweepTimer_.reset();
  if (table.size() > 0) scheduleSweep();
}

void Transport::Impl::quiesce() {
  stopAccepting();
  draining = true;
  forEach([](Connection& connection) {
    if (connection.alive()) connection.guarded([&] { connection.protocol().quiesce(); });
  });
}

void Transport::Impl::drain(loop::Duration most, Work done) {
  stopAccepting();
  draining = true;
  drained = [this, done = std::move(done)]() mutable {
    drainTimer_.reset();
    silenceTimer_.reset();
    done();
  };
  forEach([](Connection& connection) {
    if (connection.alive()) connection.guarded([&] { connection.protocol().drain(); });
  });
  // Even if nothing is open, `done` comes later, as its caller may expect.
  post([](Hub& hub) {
    if (hub.table.size() == 0 && hub.drained) std::exchange(hub.drained, nullptr)();
  });
  drainTimer_ = loop.after(most, [this] { cutOff(); });
  cutSilent(loop.now());
}

// A browser that has lost its network, or sleeps, answers no close: nothing more can be done for it.
void Transport::Impl::cutSilent(loop::TimePoint since) {
  forEach([&](Connection& connection) { connection.endIfSilent(loop.now(), since); });
  silenceTimer_ =
      loop.after(std::max<loop::Duration>(limits.drainSilence / 4, 1ms), [this, since] { cutSilent(since); });
}

void Transport::Impl::cutOff() {
  forEach([](Connection& connection) { connection.abort(); });
}

void Transport::Impl::shutDown() {
  stopAccepting();
  sweepTimer_.reset();
  drainTimer_.reset();
  silenceTimer_.reset();
  drained = nullptr;
  forEach([](Connection& connection) { connection.abort(true); });
}

Transport::Transport(loop::ThreadLoop& loop, Handler& handler, const Limits& limits, Log log, ConnectionLimits places,
                     BodyStore bodies, ByteBudget memory)
    : impl_(std::make_shared<Impl>(loop, handler, limits, std::move(log), std::move(places), std::move(bodies),
                                   std::move(memory))) {}

Transport::~Transport() { impl_->shutDown(); }

void Transport::accept(const Listener& listener, const AcceptOptions& options) {
  impl_->accept(listener.descriptor(), options);
}

void Transport::quiesce() { impl_->quiesce(); }

void Transport::drain(loop::Duration most, Work done) { impl_->drain(most, std::move(done)); }

std::size_t Transport::connections() const { return impl_->table.size(); }

std::size_t Transport::waitingBytes() const {
  std::size_t bytes = 0;
  impl_->forEach([&](Connection& connection) { bytes += connection.output().waitingBytes(); });
  return bytes;
}

const TransportMetrics& Transport::metrics() const { return impl_->metrics; }

void Transport::logTo(AccessLog& log) { impl_->accessLog = &log; }

loop::Loop& Transport::loop() { return impl_->loop; }

void Transport::push(std::span<const SocketId> sockets, const realtime::SharedFrame& page) {
  for (const SocketId socket : sockets) impl_->call(socket, [&](Protocol& protocol) { protocol.push(page); });
}

void Transport::reply(SocketId socket, realtime::SharedFrame frame) {
  impl_->call(socket, [&](Protocol& protocol) { protocol.reply(std::move(frame)); });
}

void Transport::send(SocketId socket, realtime::SharedFrame frame) {
  impl_->call(socket, [&](Protocol& protocol) { protocol.send(std::move(frame)); });
}

void Transport::close(SocketId socket, std::uint16_t code, std::string_view reason) {
  impl_->call(socket, [&](Protocol& protocol) { protocol.close(code, reason); });
}

void Transport::hold(SocketId socket, bool held) {
  impl_->call(socket, [&](Protocol& protocol) { protocol.hold(held); });
}

}  // namespace duramen::server
