#include "attackers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/testing/colliding.h"
#include "client_socket.h"
#include "wire/realtime.h"
#include "wire/testing/deflate.h"
#include "wire/websocket.h"

namespace duramen::bench {

class AttackCounts {
 public:
  std::atomic<std::uint64_t> done = 0;
  std::atomic<bool> whole = false;  // as large as it becomes
};

namespace {

using Clock = std::chrono::steady_clock;

constexpr wire::MaskKey mask{1, 2, 3, 4};

// Almost what a server takes.
constexpr std::size_t messageBytes = std::size_t{4} << 20;
constexpr std::size_t argumentBytes = (std::size_t{2} << 20) - 100;

AttackCounts* shared() {
  void* const memory = ::mmap(nullptr, sizeof(AttackCounts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return new (memory) AttackCounts;
}

void reset(int descriptor) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(descriptor);
}

int opened(std::uint16_t port) {
  const int descriptor = connectTo(port);
  if (descriptor < 0) throw std::runtime_error("an attacker cannot connect");
  return descriptor;
}

// Calls `one` so many times a second, for ever.
template <class One>
[[noreturn]] void atRate(double perSecond, One one) {
  const auto gap = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{1 / perSecond});
  for (Clock::time_point due = Clock::now();; due += gap) {
    std::this_thread::sleep_until(due);
    one();
  }
}

// Whether the server has said something, which is that it has had enough.
bool hasAnswer(int descriptor) {
  char some[4096];
  const ssize_t got = ::recv(descriptor, some, sizeof some, MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

class Flooder {
 public:
  Flooder(std::uint16_t port, std::size_t number, const std::string& frames, AttackCounts& counts)
      : port_(port), number_(number), frames_(frames), counts_(counts) {
    join();
  }
  int descriptor() const { return descriptor_; }
  // False: the server has ended it.
  bool read() {
    char some[65536];
    const ssize_t got = ::recv(descriptor_, some, sizeof some, MSG_DONTWAIT);
    return got > 0 || (got < 0 && errno == EAGAIN);
  }
  bool write() {
    const ssize_t sent = ::send(descriptor_, frames_.data() + at_, frames_.size() - at_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    counts_.done += static_cast<std::uint64_t>(sent);
    at_ = (at_ + static_cast<std::size_t>(sent)) % frames_.size();
    return true;
  }
  void joinAgain() {
    ::close(descriptor_);
    join();
  }

 private:
  void join() {
    descriptor_ = opened(port_);
    sendAll(descriptor_,
            upgradeRequest(port_, "/__realtime?key=flood" + std::to_string(number_) + "&url=%2F&clientId=flood",
                           "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    awaitUpgrade(descriptor_);
    at_ = 0;
  }
  std::uint16_t port_;
  std::size_t number_;
  const std::string& frames_;
  AttackCounts& counts_;
  int descriptor_ = -1;
  std::size_t at_ = 0;
};

std::string actionRequest(std::string args) {
  return wire::encodeActionRequest(
      {.id = "set", .args = std::move(args), .requestId = wire::streamId(1), .clientUrl = "/"});
}

// A client that says what it has to say, and then only stays.
class Holder {
 public:
  Holder(std::uint16_t port, std::size_t number, const std::string& frames, AttackCounts& counts)
      : port_(port), number_(number), frames_(frames), counts_(counts) {
    join();
  }
  void work() {
    while (at_ < frames_.size()) {
      const ssize_t sent = ::send(descriptor_, frames_.data() + at_, frames_.size() - at_, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) return joinAgain();
      counts_.done += static_cast<std::uint64_t>(sent);
      at_ += static_cast<std::size_t>(sent);
    }
    // What it would read is left where it is; but the end is seen.
    pollfd look{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
    if (::poll(&look, 1, 0) > 0) joinAgain();
  }

 private:
  void join() {
    descriptor_ = opened(port_);
    std::string request =
        upgradeRequest(port_, "/__realtime?key=hold" + std::to_string(number_) + "&url=%2F&clientId=hold");
    request.insert(request.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    sendAll(descriptor_, request);
    awaitUpgrade(descriptor_);
    at_ = 0;
  }
  void joinAgain() {
    ::close(descriptor_);
    join();
  }
  std::uint16_t port_;
  std::size_t number_;
  const std::string& frames_;
  AttackCounts& counts_;
  int descriptor_ = -1;
  std::size_t at_ = 0;
};

// A masked frame as permessage-deflate has it.
void appendDeflated(std::string& out, std::string message) {
  z_stream z{};
  if (::deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string bytes(message.size() / 100 + 1024, 0);
  z.next_in = reinterpret_cast<unsigned char*>(message.data());
  z.avail_in = static_cast<uInt>(message.size());
  z.next_out = reinterpret_cast<unsigned char*>(bytes.data());
  z.avail_out = static_cast<uInt>(bytes.size());
  ::deflate(&z, Z_SYNC_FLUSH);
  bytes.resize(z.total_out - 4);
  ::deflateEnd(&z);
  const std::size_t at = out.size();
  wire::appendMaskedFrame(out, wire::Opcode::binary, bytes, mask);
  out[at] = static_cast<char>(out[at] | 0x40);
}

}  // namespace

Attack::Attack(std::uint16_t port, const Run& run, const ChildProcess::Options& options)
    : counts_(shared()), process_([&] { run(port, *counts_); }, options) {
  for (int waits = 0; !counts_->whole; ++waits) {
    if (waits > 60'000) throw std::runtime_error("an attack does not begin");
    ::usleep(1000);
  }
}

Attack::~Attack() { ::munmap(counts_, sizeof *counts_); }

std::uint64_t Attack::done() const { return counts_->done; }

Attack::Run slowLoris(std::size_t connections) {
  return [connections](std::uint16_t port, AttackCounts& counts) {
    std::vector<int> all;
    for (std::size_t i = 0; i < connections; ++i) {
      all.push_back(opened(port));
      ++counts.done;
    }
    counts.whole = true;
    std::size_t next = 0;
    atRate(static_cast<double>(connections) / 2, [&] {
      int& each = all[next++ % all.size()];
      if (!hasAnswer(each) && ::send(each, "A", 1, MSG_NOSIGNAL) == 1) return;
      ::close(each);
      each = opened(port);
      ++counts.done;
    });
  };
}

Attack::Run vanishing(std::size_t perSecond) {
  return [perSecond](std::uint16_t port, AttackCounts& counts) {
    counts.whole = true;
    atRate(static_cast<double>(perSecond), [&] {
      const int descriptor = opened(port);
      if (++counts.done % 2 == 0) sendAll(descriptor, "GET / HTTP/1.1\r\nHo");
      reset(descriptor);
    });
  };
}

Attack::Run flood(std::size_t sockets, std::string frames) {
  return [sockets, frames = std::move(frames)](std::uint16_t port, AttackCounts& counts) {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<Flooder> all;
    const auto watch = [&](std::size_t i) {
      epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = i}};
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].descriptor(), &event);
    };
    for (std::size_t i = 0; i < sockets; ++i) {
      all.emplace_back(port, i, frames, counts);
      watch(i);
    }
    counts.whole = true;
    for (;;) {
      std::array<epoll_event, 64> events{};
      const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        Flooder& flooder = all[event.data.u64];
        if (((event.events & EPOLLIN) == 0 || flooder.read()) && ((event.events & EPOLLOUT) == 0 || flooder.write()))
          continue;
        flooder.joinAgain();
        watch(event.data.u64);
      }
    }
  };
}

Attack::Run posts(std::size_t connections, std::string body) {
  return [connections, body = std::move(body)](std::uint16_t port, AttackCounts& counts) {
    const std::string host = "127.0.0.1:" + std::to_string(port);
    const std::string request =
        "POST /?__rsc_action_id=set HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host +
        "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    const auto post = [&] {
      for (;;) {
        const int descriptor = opened(port);
        sendAll(descriptor, request);
        char some[4096];
        while (::recv(descriptor, some, sizeof some, 0) > 0) {
        }
        ::close(descriptor);
        counts.done += request.size();
      }
    };
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < connections; ++i) all.emplace_back(post);
    counts.whole = true;
    for (std::thread& each : all) each.join();
  };
}

std::string collidingNames() {
  std::string body = "[{";
  for (const std::string& name : testing::collidingTexts(20'000)) {
    if (body.size() > 2) body += ',';
    ((body += '"') += name) += "\":[" + std::string(30, ' ') + "0]";
  }
  return body + "}]";
}

Attack::Run holding(std::size_t sockets, std::string frames) {
  return [sockets, frames = std::move(frames)](std::uint16_t port, AttackCounts& counts) {
    std::vector<Holder> all;
    for (std::size_t i = 0; i < sockets; ++i) {
      all.emplace_back(port, i, frames, counts);
      all.back().work();
    }
    counts.whole = true;
    for (;;) {
      for (Holder& each : all) each.work();
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  };
}

std::string halfMessage() {
  std::string frames;
  wire::appendMaskedFrame(frames, wire::Opcode::binary, std::string(4'000'000, ' '), mask, false);
  return frames;
}

std::string waitingRequests() {
  std::string frames;
  for (int i = 0; i < 69; ++i) appendDeflated(frames, actionRequest("[1" + std::string(2'000'000, ' ') + "]"));
  return frames;
}

std::string manyPings() {
  std::string frames;
  for (int i = 0; i < 200'000; ++i) wire::appendMaskedFrame(frames, wire::Opcode::ping, "p", mask);
  return frames;
}

std::string pings() {
  std::string frames;
  while (frames.size() < 64 * 1024) wire::appendMaskedFrame(frames, wire::Opcode::ping, "p", mask);
  return frames;
}

std::string actions() {
  std::string frames;
  while (frames.size() < 64 * 1024) wire::appendMaskedFrame(frames, wire::Opcode::binary, actionRequest("[1]"), mask);
  return frames;
}

std::string ignoredMembers() {
  std::string message = "\x03{\"id\":null,\"requestId\":\"" + wire::streamId(1) + "\",\"clientUrl\":\"/\",\"x\":[0";
  while (message.size() < messageBytes - 4) message += ",0";
  return wire::testing::compressedFrame(message + "]}", mask);
}

std::string ignoredArguments() {
  return wire::testing::compressedFrame(actionRequest("[1," + std::string(argumentBytes, ' ') + "2]"), mask);
}

std::string fragmentedAction() {
  const std::string message = actionRequest("[" + std::string(10'000, ' ') + "1]");
  std::string frames;
  for (std::size_t i = 0; i < message.size(); ++i)
    wire::appendMaskedFrame(frames, i == 0 ? wire::Opcode::binary : wire::Opcode::continuation,
                            std::string_view{message}.substr(i, 1), mask, i + 1 == message.size());
  return frames;
}

}  // namespace duramen::bench
