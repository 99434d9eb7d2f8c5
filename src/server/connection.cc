#include "server/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace duramen::server {
namespace {

using boost::system::error_code;

// What one wake-up reads at most, so that one busy peer does not hold up the others.
constexpr int readsPerWakeUp = 4;

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

Connection::Connection(Hub& hub, int descriptor, SocketId id, ConnectionLimits::Place place)
    : hub_(hub),
      socket_(loop::asioContext(hub.loop), descriptor),
      id_(id),
      place_(std::move(place)),
      lastHeard_(hub.loop.now()) {}

Connection::~Connection() = default;

void Connection::start(std::unique_ptr<Protocol> protocol) {
  protocol_ = std::move(protocol);
  armRead();
}

std::string Connection::peerAddress() const {
  return dead_ ? std::string{} : server::peerAddress(const_cast<Descriptor&>(socket_).native_handle());
}

void Connection::armRead() {
  if (dead_ || reading_ || !reads()) return;
  reading_ = true;
  socket_.async_wait(Descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
    self->reading_ = false;
    if (self->dead_) return;
    if (error) return self->abort();
    self->readable();
  });
}

void Connection::armWrite() {
  if (dead_ || writing_) return;
  writing_ = true;
  socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const error_code& error) {
    self->writing_ = false;
    if (self->dead_) return;
    if (error) return self->abort();
    self->writable();
  });
}

void Connection::readable() {
  for (int round = 0; round < readsPerWakeUp && reads(); ++round) {
    const ssize_t got = ::recv(socket_.native_handle(), hub_.readBuffer.get(), hub_.readBytes, MSG_DONTWAIT);
    if (got < 0 && wouldBlock(errno)) break;
    // The end of the peer's direction ends the connection: HTTP answers before it reads on, and a WebSocket that ends
    // without a close frame is broken off.
    if (got <= 0) return abort();
    lastHeard_ = hub_.loop.now();
    const auto size = static_cast<std::size_t>(got);
    if (!discarding_) deliver({hub_.readBuffer.get(), size});
    if (dead_) return;
    if (size < hub_.readBytes) break;
  }
  armRead();
}

void Connection::deliver(std::span<std::byte> input) {
  std::string held;
  if (!pending_.empty()) {
    held.swap(pending_);
    held.append(reinterpret_cast<const char*>(input.data()), input.size());
    input = std::as_writable_bytes(std::span(held));
  }
  delivering_ = true;
  while (!input.empty() && !dead_ && !discarding_ && protocol_->wantsInput()) {
    const Protocol* const taker = protocol_.get();
    const std::size_t used = protocol_->received(input);
    input = input.subspan(used);
    if (used == 0 && taker == protocol_.get()) break;
  }
  delivering_ = false;
  if (dead_ || discarding_) return;
  pending_.assign(reinterpret_cast<const char*>(input.data()), input.size());
  if (pending_.empty()) std::string{}.swap(pending_);
}

void Connection::resume() {
  if (dead_ || delivering_) return;
  if (pending_.empty() || discarding_) return armRead();
  // Never from within a call of the handler's.
  hub_.loop.post([self = shared_from_this()] {
    if (self->dead_ || self->delivering_) return;
    self->deliver({});
    self->armRead();
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
  while (!output_.empty()) {
    std::array<iovec, 16> pieces{};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = output_.gather(pieces);
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
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
    progressed_ = true;
  }
  if (finishing_) endOurDirection();
  return true;
}

void Connection::push(const SharedFrame& page) {
  // Hot: one call per client and page. One system call, nothing allocated, nothing copied but by the kernel.
  if (dead_) return;
  if (!output_.empty()) return output_.setPage(page);
  const ssize_t sent = ::send(socket_.native_handle(), page->data(), page->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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

void Connection::finish() {
  if (dead_ || finishing_) return;
  finishing_ = true;
  discarding_ = true;
  std::string{}.swap(pending_);
  setDeadline();
  if (output_.empty()) endOurDirection();
  armRead();
}

void Connection::endOurDirection() { ::shutdown(socket_.native_handle(), SHUT_WR); }

void Connection::abort(bool silently) {
  if (dead_) return;
  error_code ignored;
  socket_.close(ignored);
  output_ = {};
  std::string{}.swap(pending_);
  place_.reset();
  dead_ = true;
  if (silently) return;
  protocol_->gone();
  hub_.post([id = id_](Hub& hub) { hub.remove(id); });
}

void Connection::tick(loop::TimePoint now) {
  if (dead_) return;
  if (deadline_ && now >= *deadline_) return abort();
  if (!finishing_) protocol_->tick(now);
}

}  // namespace duramen::server
