#include "server/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/found_memory.h"
#include "server/http.h"

namespace duramen::server {
namespace {

using boost::system::error_code;

// What one wake-up reads at most, so that one busy peer does not hold up the others.
constexpr int readsPerWakeUp = 4;
// Likewise, how often a protocol takes something of it: a request, if many came at once.
constexpr int takesPerTurn = 8;

// A sentence goes out also where no memory is left to count it in.
constexpr std::size_t uncountedBytes = 1024;

bool wouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

std::string peerAddress(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.ss_family == AF_UNIX)
    return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET)
    return inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address)->sin_addr, text.data(), text.size());
  const in6_addr& v6 = reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
  return inet_ntop(AF_INET6, &v6, text.data(), text.size());
}

Connection::Connection(Hub& hub, FileDescriptor descriptor, SocketId id, ConnectionLimits::Place place,
                       std::shared_ptr<const TlsContext> tls)
    : hub_(hub),
      socket_(loop::asioContext(hub.loop)),
      id_(id),
      place_(std::move(place)),
      tls_(tls ? std::make_unique<TlsChannel>(std::move(tls), descriptor.get()) : nullptr),
      pendingPlace_(hub.memory),
      lastHeard_(hub.loop.now()) {
  socket_.assign(descriptor.get());
  descriptor.release();
}

Connection::~Connection() = default;

void Connection::start(std::unique_ptr<Protocol> protocol) {
  protocol_ = std::move(protocol);
  armRead();
}

std::string Connection::peerAddress() const {
  if (!client_.empty()) return client_;
  return dead_ ? std::string{} : server::peerAddress(const_cast<Descriptor&>(socket_).native_handle());
}

void Connection::armRead() {
  if (dead_ || reading_ || !(reads() || watching_)) return;
  guarded([this] {
    reading_ = true;
    socket_.async_wait(Descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
      self->reading_ = false;
      if (self->dead_) return;
      if (error) return self->abort();
      self->guarded([&] { self->readable(); });
    });
  });
}

void Connection::armWrite() {
  if (dead_ || writing_) return;
  guarded([this] {
    writing_ = true;
    socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const error_code& error) {
      self->writing_ = false;
      if (self->dead_) return;
      if (error) return self->abort();
      self->guarded([&] { self->writable(); });
    });
  });
}

void Connection::watchForEnd() {
  watching_ = true;
  armRead();
}

void Connection::lookForEnd() {
  const ssize_t got = receive({hub_.readBuffer.get(), hub_.readBytes});
  if (got < 0 && wouldBlock(errno)) return armRead();
  if (got <= 0) return abort();
  watching_ = false;
  receivedBytes_ += static_cast<std::size_t>(got);
  hub_.metrics.receivedBytes.add(static_cast<std::size_t>(got));
  pending_.append(reinterpret_cast<const char*>(hub_.readBuffer.get()), static_cast<std::size_t>(got));
}

void Connection::readable() {
  hub_.loop.noteActivity();
  if (!reads()) {
    if (watching_) lookForEnd();
    return;
  }
  watching_ = false;
  for (int round = 0; round < readsPerWakeUp && reads(); ++round) {
    const ssize_t got = receive({hub_.readBuffer.get(), hub_.readBytes});
    if (got < 0 && wouldBlock(errno)) break;
    if (got == 0 && tls_) {
      noteHandshake();
      if (tls_->metPlainHttp()) return refusePlainHttp();
    }
    // The end of the peer's direction ends the connection: HTTP answers before it reads on, and a WebSocket that ends
    // without a close frame is broken off.
    if (got <= 0) return abort();
    lastHeard_ = hub_.loop.now();
    const auto size = static_cast<std::size_t>(got);
    receivedBytes_ += size;
    hub_.metrics.receivedBytes.add(size);
    if (!discarding_) deliver({hub_.readBuffer.get(), size});
    if (dead_) return;
    if (size < hub_.readBytes && !tls_) break;  // a record of TLS is smaller than the buffer
  }
  if (tls_ && tls_->hasUnsent()) armWrite();  // of the handshake
  armRead();
}

// Whether it is there. Else errno is as recv() leaves it, or 0 if nothing that follows can be understood.
bool Connection::readPreamble() {
  auto header = preamble_->read(socket_.native_handle());
  if (!header) {
    const std::string peer = peerAddress();
    hub_.log.warning(fmt::format("a connection of {} was refused: {}", peer, header.error()), {peer});
    errno = 0;
  }
  if (!header || !*header) return false;
  client_ = std::move((*header)->address);
  preamble_.reset();
  if (auto counted = place_.countFor(client_); !counted) {
    hub_.logLimit(counted.error(), client_);
    become(Http::refusing(*this, std::move(counted.error())));
  }
  return true;
}

ssize_t Connection::receive(std::span<std::byte> into) {
  if (preamble_ && !readPreamble()) return errno == 0 ? 0 : -1;
  if (tls_) return tls_->read(into);
  return ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
}

ssize_t Connection::transmit(std::span<iovec> pieces) {
  if (tls_) return tls_->write(pieces);
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Connection::noteHandshake() {
  if (tls_->handshakeFailure().empty()) return;
  hub_.metrics.failedHandshakes.add();
  const std::string peer = peerAddress();
  hub_.log.debug(fmt::format("a TLS handshake with {} failed: {}", peer, tls_->handshakeFailure()), {peer});
}

// A browser that was sent to the port by http: it can read a sentence, if no TLS stands in its way.
void Connection::refusePlainHttp() {
  tls_.reset();
  output_.add({},
              "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 53\r\n\r\nthis port speaks TLS: its addresses begin with https\n");
  if (!flush() && dead_) return;
  finish();
}

void Connection::deliver(std::span<std::byte> input) {
  std::string held;
  if (!pending_.empty()) {
    held.swap(pending_);
    held.append(reinterpret_cast<const char*>(input.data()), input.size());
    input = std::as_writable_bytes(std::span(held));
  }
  delivering_ = true;
  cut_ = false;
  for (int turns = 0; (!input.empty() || protocol_->hasMore()) && !dead_ && !discarding_ && protocol_->wantsInput();
       ++turns) {
    if (turns == takesPerTurn) {
      cut_ = true;
      break;
    }
    const Protocol* const taker = protocol_.get();
    const std::size_t used = protocol_->received(input);
    input = input.subspan(used);
    if (used == 0 && taker == protocol_.get() && !taker->hasMore()) break;
  }
  delivering_ = false;
  if (dead_ || discarding_) return;
  keep(input);
  if (cut_ && !dead_) resume();
}

// For the protocol's next turn.
void Connection::keep(std::span<const std::byte> input) {
  if (input.empty()) std::string{}.swap(pending_);
  pendingPlace_.shrinkTo(input.size());
  if (!pendingPlace_.growTo(input.size())) return protocol_->noMemory();
  pending_.assign(reinterpret_cast<const char*>(input.data()), input.size());
}

std::uint64_t Connection::takenBytes() const {
  int waiting = 0;
  const bool known = ::ioctl(const_cast<Descriptor&>(socket_).native_handle(), SIOCOUTQ, &waiting) == 0;
  return sentBytes_ - std::min(sentBytes_, static_cast<std::uint64_t>(known ? waiting : 0));
}

bool Connection::queue(std::string bytes) {
  struct Counted {
    std::string bytes;
    ByteBudget::Place place;
  };
  ByteBudget::Place place{hub_.memory};
  if (bytes.size() > uncountedBytes && !place.growTo(bytes.capacity() + Output::pieceOverhead)) return false;
  const auto counted = std::make_shared<const Counted>(std::move(bytes), std::move(place));
  output_.add({counted, &counted->bytes});
  return true;
}

void Connection::resume() {
  if (dead_ || delivering_) return;
  if ((pending_.empty() && !protocol_->hasMore()) || discarding_) return armRead();
  // Never from within a call of the handler's.
  hub_.loop.post([self = shared_from_this()] {
    if (self->dead_ || self->delivering_) return;
    self->guarded([&] {
      self->deliver({});
      self->armRead();
    });
  });
}

void Connection::writable() {
  progressed_ = false;
  const bool all = flush();
  if (dead_) return;
  if (progressed_) lastHeard_ = hub_.loop.now();
  if (all) protocol_->drained();
  resume();
}

bool Connection::flush() {
  // The kernel has no room: it says when it has.
  if (dead_ || writing_) return false;
  if (tls_) tls_->flush();
  while (!output_.empty()) {
    std::array<iovec, 16> pieces{};
    const ssize_t sent = transmit({pieces.data(), output_.gather(pieces)});
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && !wouldBlock(errno)) {
      abort();
      return false;
    }
    if (sent < 0) {
      armWrite();
      return false;
    }
    output_.sent(static_cast<std::size_t>(sent));
    countSent(static_cast<std::size_t>(sent));
    progressed_ = true;
  }
  if (hasUnsent()) {
    armWrite();
    return false;
  }
  if (finishing_) endOurDirection();
  return true;
}

void Connection::push(const SharedFrame& page) {
  // Hot: one call per client and page. One system call, nothing allocated, nothing copied but by the kernel.
  if (dead_) return;
  if (hasUnsent()) {
    if (output_.hasPage()) hub_.metrics.supersededPages.add();
    return output_.setPage(page);
  }
  if (tls_) {
    output_.setPage(page);
    flush();
    return;
  }
  const ssize_t sent = ::send(socket_.native_handle(), page->data(), page->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) countSent(static_cast<std::size_t>(sent));
  if (sent == static_cast<ssize_t>(page->size())) return;
  if (sent < 0 && !wouldBlock(errno)) return abort();
  output_.startPage(page, sent < 0 ? 0 : static_cast<std::size_t>(sent));
  armWrite();
}

void Connection::become(std::unique_ptr<Protocol> protocol) {
  std::unique_ptr<Protocol> old = std::exchange(protocol_, std::move(protocol));
  hub_.loop.post([old = std::move(old)] {});
}

void Connection::setDeadline() {
  if (!deadline_) deadline_ = hub_.loop.now() + closeWait;
}

void Connection::finish(bool lingers) {
  if (dead_ || finishing_) return;
  if (lingers) lingersUntil_ = hub_.loop.now() + lingerMost;
  finishing_ = true;
  discarding_ = true;
  keep({});
  setDeadline();
  if (!hasUnsent()) endOurDirection();
  armRead();
}

void Connection::countSent(std::size_t bytes) {
  sentBytes_ += bytes;
  hub_.metrics.sentBytes.add(bytes);
}

void Connection::endOurDirection() {
  if (tls_) tls_->end();
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Connection::abort(bool silently) {
  if (dead_) return;
  error_code ignored;
  socket_.close(ignored);
  output_ = {};
  keep({});
  place_ = {};
  dead_ = true;
  hub_.metrics.closedConnections.add();
  if (!silently) bury();
}

// Tells of the end. Without memory for that, the next tick tries again.
void Connection::bury() {
  static_cast<void>(foundMemory([this] {
    protocol_->gone();
    hub_.post([id = id_](Hub& hub) { hub.remove(id); });
  }));
}

void Connection::tick(loop::TimePoint now) {
  if (dead_) return bury();
  if (lingersUntil_ && deadline_) deadline_ = std::min(lastHeard_ + closeWait, *lingersUntil_);
  if (deadline_ && now >= *deadline_) return abort();
  if (!finishing_) guarded([&] { protocol_->tick(now); });
}

void Connection::endIfSilent(loop::TimePoint now, loop::TimePoint draining) {
  if (dead_ || (!deadline_ && !hasUnsent())) return;
  loop::TimePoint heard = std::max(lastHeard_, draining);
  if (deadline_) heard = std::max(heard, *deadline_ - closeWait);
  if (now - heard >= (deadline_ ? hub_.limits.drainSilence : closeWait)) abort();
}

}  // namespace duramen::server
