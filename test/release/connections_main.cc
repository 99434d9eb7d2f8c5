// 100,000 connections of several kinds to the release build, each ended in its own way. Afterwards the server has the
// descriptors that it had at first, and no more memory than before them: 20,000 others have warmed it up.
//
//   connections build/release/bin/notes

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor_limit.h"
#include "base/file_descriptor.h"
#include "base/testing/process_figures.h"
#include "base/testing/temporary_directory.h"

namespace duramen {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int warmUpRounds = 2;
constexpr int rounds = 10;
// Of each round: 10,000 connections.
constexpr int idle = 1'500;
constexpr int requests = 3'000;
constexpr int halfRequests = 2'500;
constexpr int sockets = 2'000;
constexpr int handshakes = 800;
constexpr int halfHandshakes = 200;
// How many of one kind are open at once. Those with TLS hold more.
constexpr int atOnce = 100;
constexpr int secureAtOnce = 10;
// What the heap may have come to hold in pieces, however many connections there were: of each, 10 bytes.
constexpr std::size_t bytesMost = 1'000'000;
static_assert(rounds * (idle + requests + halfRequests + sockets + handshakes + halfHandshakes) == 100'000);
// Far beyond what anything takes.
constexpr auto patience = 20s;

// The notes, as a user runs them.
class Program {
 public:
  Program(const char* path, const TemporaryDirectory& folder, const char* name, std::vector<std::string> more = {}) {
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    // One loop: what the heaps of several come to hold depends on which of them gets which connection.
    std::vector<std::string> words{
        path,    "--listen",  "127.0.0.1:0", "--data",          folder / name, "--log-level",
        "error", "--threads", "1",           "--max-idle-time", "1",           "--max-header-time",
        "1"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out[1], STDOUT_FILENO);
      ::execv(path, arguments.data());
      std::_Exit(127);
    }
    ::close(out[1]);
    port_ = portOf(out[0]);
    ::close(out[0]);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (process_ > 0) stop();
  }
  // The exit status after SIGTERM.
  int stop() {
    int status = 0;
    ::kill(process_, SIGTERM);
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  pid_t process() const { return process_; }
  std::uint16_t port() const { return port_; }

 private:
  // Of the line "listening on http://127.0.0.1:PORT".
  static std::uint16_t portOf(int output) {
    std::string line;
    for (char c = 0; c != '\n'; line += c)
      if (::read(output, &c, 1) != 1) throw std::runtime_error("the server did not start");
    std::uint16_t port = 0;
    std::from_chars(line.data() + line.rfind(':') + 1, line.data() + line.size(), port);
    return port;
  }
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

// A connection of an address of its own among many, since one address has too few ports for those that just ended.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    static std::uint32_t number = 0;
    const timeval most{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    const int on = 1;
    ::setsockopt(descriptor(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from = address(INADDR_LOOPBACK + 1 + ++number % 200, 0), to = address(INADDR_LOOPBACK, port);
    if (!socket_.isOpen() || ::bind(descriptor(), reinterpret_cast<sockaddr*>(&from), sizeof from) != 0 ||
        ::connect(descriptor(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("a connection was not possible");
  }
  int descriptor() const { return socket_.get(); }

  void send(std::string_view bytes) const {
    if (::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("nothing more could be sent");
  }
  // Something that came begins so.
  void expect(std::string_view start) const {
    char some[4096];
    const ssize_t got = ::recv(descriptor(), some, sizeof some, 0);
    if (got < static_cast<ssize_t>(start.size()) || std::string_view{some, start.size()} != start)
      throw std::runtime_error(fmt::format("the server did not answer {}", start));
  }
  // The server ends it, in time.
  void expectEnd() const {
    char some[4096];
    ssize_t got = 0;
    while ((got = ::recv(descriptor(), some, sizeof some, 0)) > 0) {
    }
    if (got < 0 && errno == EAGAIN) throw std::runtime_error("the server did not end an idle connection");
  }
  // Ends without a goodbye.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_ = {};
  }

 private:
  static sockaddr_in address(std::uint32_t host, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(host);
    out.sin_port = htons(port);
    return out;
  }
  FileDescriptor socket_;
};

std::vector<Connection> open(std::uint16_t port, int count) {
  std::vector<Connection> all;
  for (int i = 0; i < count; ++i) all.emplace_back(port);
  return all;
}

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view halfRequest = "POST /?__rsc_action_id=saveNote HTTP/1.1\r\nHost: localhost\r\nContent-Le";

// Calls `work` with `most` new connections at once, until there were `count`.
template <class Work>
void inTurns(std::uint16_t port, int count, int most, Work work) {
  for (int done = 0; done < count; done += most) {
    std::vector<Connection> all = open(port, most);
    work(all);
  }
}

void ask(std::vector<Connection>& all) {
  for (const Connection& each : all) each.send(request);
  for (const Connection& each : all) each.expect("HTTP/1.1 200");
}

void askHalf(std::vector<Connection>& all) {
  for (Connection& each : all) {
    each.send(halfRequest);
    each.reset();
  }
}

// Each joins a key of its own, is told its page, and vanishes; half of them before they know.
void join(std::vector<Connection>& all) {
  static int key = 0;
  for (const Connection& each : all)
    each.send(
        fmt::format("GET /__realtime?key=%2Fk{}&url=%2F HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                    key++));
  for (std::size_t i = 0; i < all.size(); i += 2) all[i].expect("HTTP/1.1 101");
  for (Connection& each : all) each.reset();
}

struct Deleter {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

void shakeHands(SSL_CTX& context, const Connection& connection) {
  const std::unique_ptr<SSL, Deleter> tls{SSL_new(&context)};
  SSL_set_fd(tls.get(), connection.descriptor());
  char some[4096];
  if (SSL_connect(tls.get()) != 1 || SSL_write(tls.get(), request.data(), static_cast<int>(request.size())) <= 0 ||
      SSL_read(tls.get(), some, sizeof some) <= 0)
    throw std::runtime_error("a request over TLS was not answered");
  SSL_shutdown(tls.get());
}

// The first bytes of a ClientHello, and no more.
void shakeHalfAHand(std::vector<Connection>& all) {
  for (Connection& each : all) {
    each.send("\x16\x03\x01\x02");
    each.reset();
  }
}

void round(const Program& plain, const Program& secure, SSL_CTX& context) {
  const std::vector<Connection> idlers = open(plain.port(), idle);
  for (std::size_t i = 0; i < idlers.size(); i += 2) idlers[i].send(request);  // the others never say anything
  inTurns(plain.port(), requests, atOnce, ask);
  inTurns(plain.port(), halfRequests, atOnce, askHalf);
  inTurns(plain.port(), sockets, atOnce, join);
  inTurns(secure.port(), handshakes, secureAtOnce, [&](const std::vector<Connection>& all) {
    for (const Connection& each : all) shakeHands(context, each);
  });
  inTurns(secure.port(), halfHandshakes, secureAtOnce, shakeHalfAHand);
  for (const Connection& each : idlers) each.expectEnd();
}

struct Figures {
  std::ptrdiff_t descriptors;
  std::size_t bytes;
};

Figures figuresOf(const Program& program) {
  return {.descriptors = descriptorsOf(program.process()), .bytes = ownBytesOf(program.process())};
}

// The server hears of the last ends a moment later.
Figures settled(const Program& program, std::ptrdiff_t descriptors) {
  const Clock::time_point start = Clock::now();
  Figures now = figuresOf(program);
  while (now.descriptors != descriptors && Clock::now() - start < patience) {
    std::this_thread::sleep_for(10ms);
    now = figuresOf(program);
  }
  return now;
}

// What is not as it should be is counted.
int compare(const char* what, Program& program, const Figures& before, const Figures& warm) {
  const Figures after = settled(program, before.descriptors);
  fmt::print("{}: {} descriptors at first, {} at last; {} KB of memory before 100,000 connections, {} KB after them\n",
             what, before.descriptors, after.descriptors, warm.bytes / 1000, after.bytes / 1000);
  int faults = 0;
  if (after.descriptors != before.descriptors) ++faults;
  if (after.bytes > warm.bytes + bytesMost) ++faults;
  if (program.stop() != 0) ++faults;
  return faults;
}

int run(const char* path) {
  const TemporaryDirectory folder;
  Program plain{path, folder, "plain"}, secure{path, folder, "secure", {"--tls-self-signed"}};
  const std::unique_ptr<SSL_CTX, Deleter> context{SSL_CTX_new(TLS_client_method())};
  const Clock::time_point start = Clock::now();
  const Figures plainBefore = figuresOf(plain), secureBefore = figuresOf(secure);
  for (int i = 0; i < warmUpRounds; ++i) round(plain, secure, *context);
  const Figures plainWarm = settled(plain, plainBefore.descriptors);
  const Figures secureWarm = settled(secure, secureBefore.descriptors);
  for (int i = 0; i < rounds; ++i) round(plain, secure, *context);
  const int faults = compare("plain", plain, plainBefore, plainWarm) + compare("TLS", secure, secureBefore, secureWarm);
  fmt::print("it took {:.0f} s\n", std::chrono::duration<double>(Clock::now() - start).count());
  return faults == 0 ? 0 : 1;
}

}  // namespace
}  // namespace duramen

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // of OpenSSL's writes
  duramen::raiseDescriptorLimit();
  try {
    if (argc == 2) return duramen::run(argv[1]);
    fmt::print(stderr, "usage: connections PROGRAM\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
  return 2;
}
