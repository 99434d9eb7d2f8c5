// A WebSocket server that echoes, ours next to Boost.Beast's: messages a second, and the server's CPU for one. And what
// our decoder alone takes. scripts/bench echo

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "child_process.h"
#include "client_socket.h"
#include "rate.h"
#include "server/testing/echo.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds perRun{2};
constexpr int connections = 32;

// Ours

void serveOurs(std::uint16_t port) {
  const auto listener = server::Listener::open(fmt::format("127.0.0.1:{}", port));
  if (!listener) throw std::runtime_error(listener.error());
  loop::ThreadLoop loop{Log{}};
  server::Echo echo;
  // No limit of frames a second, which would be what is measured.
  server::Transport transport{loop, echo, {.framesPerSecond = 1'000'000'000}};
  echo.setOutlet(transport);
  transport.accept(*listener);
  loop.start();
  for (;;) ::pause();
}

// Beast's, asynchronous on one thread, as its documentation advises.

namespace asio = boost::asio;
namespace beast = boost::beast;

class BeastSession : public std::enable_shared_from_this<BeastSession> {
 public:
  explicit BeastSession(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}
  void start() {
    stream_.next_layer().socket().set_option(asio::ip::tcp::no_delay{true});
    stream_.binary(true);
    stream_.async_accept([self = shared_from_this()](beast::error_code error) {
      if (!error) self->read();
    });
  }

 private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->write();
    });
  }
  void write() {
    stream_.async_write(buffer_.data(), [self = shared_from_this()](beast::error_code error, std::size_t size) {
      self->buffer_.consume(size);
      if (!error) self->read();
    });
  }
  beast::websocket::stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
};

void acceptNext(asio::ip::tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, asio::ip::tcp::socket socket) {
    if (!error) std::make_shared<BeastSession>(std::move(socket))->start();
    acceptNext(acceptor);
  });
}

void serveBeast(std::uint16_t port) {
  asio::io_context context{1};
  asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), port}};
  acceptNext(acceptor);
  context.run();
}

// The clients, in this process

struct Load {
  std::size_t bytes;  // of a message
  std::size_t ahead;  // how many of one connection are under way
};

// What a message is when it comes back: header and payload.
std::size_t echoedBytes(std::size_t payload) { return payload + (payload < 126 ? 2 : payload < 65536 ? 4 : 10); }

class Clients {
 public:
  Clients(std::uint16_t port, const Load& load) : size_(echoedBytes(load.bytes)) {
    wire::appendMaskedFrame(message_, wire::Opcode::binary, std::string(load.bytes, 'x'), {1, 2, 3, 4});
    for (int i = 0; i < connections; ++i) {
      const int descriptor = connectTo(port);
      sendAll(descriptor, upgradeRequest(port, "/socket"));
      awaitUpgrade(descriptor);
      polled_.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
      came_.push_back(0);
      for (std::size_t each = 0; each < load.ahead; ++each) sendAll(descriptor, message_);
    }
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients() {
    for (const pollfd& each : polled_) ::close(each.fd);
  }

  // Sends a message for each that has come back; how many have.
  std::size_t turn() {
    ::poll(polled_.data(), polled_.size(), 1000);
    std::size_t whole = 0;
    for (std::size_t i = 0; i < polled_.size(); ++i) {
      if ((polled_[i].revents & POLLIN) == 0) continue;
      const ssize_t got = ::recv(polled_[i].fd, some_.data(), some_.size(), MSG_DONTWAIT);
      if (got <= 0) throw std::runtime_error("a connection was closed");
      came_[i] += static_cast<std::size_t>(got);
      for (; came_[i] >= size_; came_[i] -= size_, ++whole) sendAll(polled_[i].fd, message_);
    }
    return whole;
  }

 private:
  const std::size_t size_;
  std::string message_;
  std::vector<pollfd> polled_;
  std::vector<std::size_t> came_;  // of a message that is not whole
  std::vector<char> some_ = std::vector<char>(std::size_t{256} * 1024);
};

Rate echoes(void (*serve)(std::uint16_t), const Load& load) {
  const std::uint16_t port = freePort();
  const ChildProcess server{[serve, port] { serve(port); }};
  awaitListener(port);
  Clients clients{port, load};
  for (const Clock::time_point end = Clock::now() + std::chrono::milliseconds{300}; Clock::now() < end;) clients.turn();
  return measure(server, perRun, [&] { return clients.turn(); });
}

// Masked messages of this size, as they come from a socket: decoded in place.
double decodedMegabytesPerSecond(std::size_t bytes) {
  std::string stream;
  const std::size_t count = std::max<std::size_t>(1, (std::size_t{64} * 1024) / bytes);
  for (std::size_t i = 0; i < count; ++i)
    wire::appendMaskedFrame(stream, wire::Opcode::binary, std::string(bytes, 'x'), {1, 2, 3, 4});
  wire::Decoder decoder{wire::Decoder::Role::server, std::size_t{1} << 20};
  std::size_t decoded = 0;
  std::string input;
  Clock::duration spent{};
  while (spent < std::chrono::seconds{1}) {
    input = stream;  // the decoder unmasks in place
    const Clock::time_point start = Clock::now();
    std::span<std::byte> rest = std::as_writable_bytes(std::span(input));
    for (;;) {
      const auto message = decoder.next(rest);
      if (!message) throw std::runtime_error(std::string(message.error().reason));
      if (!*message) break;
      decoded += (*message)->payload.size();
    }
    spent += Clock::now() - start;
  }
  return static_cast<double>(decoded) / 1e6 / std::chrono::duration<double>(spent).count();
}

void compare() {
  for (const std::size_t bytes : {20U, 1024U, 65'536U})
    fmt::print("decode, messages of {:>5} bytes       {:>8.0f} MB/s\n", bytes, decodedMegabytesPerSecond(bytes));
  for (const std::size_t ahead : {1U, 16U})
    for (const std::size_t bytes : {20U, 1024U, 65'536U}) {
      const Load load{.bytes = bytes, .ahead = ahead};
      const Rate ours = echoes(serveOurs, load), theirs = echoes(serveBeast, load);
      fmt::print(
          "echo, {:>5} bytes, {:>2} under way  {:>8.0f}/s {:>6.2f} us CPU   Beast {:>8.0f}/s {:>6.2f} us CPU   ratio "
          "{:.2f} in CPU\n",
          bytes, ahead, ours.perSecond, ours.cpuMicroseconds, theirs.perSecond, theirs.cpuMicroseconds,
          ours.cpuMicroseconds / theirs.cpuMicroseconds);
    }
}

}  // namespace
}  // namespace duramen::bench

int main() {
  try {
    duramen::bench::compare();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
