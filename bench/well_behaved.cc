#include "well_behaved.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "client_socket.h"
#include "wire/realtime.h"
#include "wire/websocket.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;

// One that calls, waits for the answer, and calls again when its time has come.
class Client {
 public:
  Client(int descriptor, Clock::duration every) : descriptor_(descriptor), every_(every) {}
  virtual ~Client() = default;

  int descriptor() const { return descriptor_; }
  bool waits() const { return waits_; }
  Clock::time_point due() const { return due_; }
  void begin(Clock::time_point first) {
    due_ = first;
    took_.clear();
  }
  void call() {
    const std::string bytes = question();
    calledAt_ = Clock::now();
    sendAll(descriptor_, bytes);
    waits_ = true;
  }
  void take(std::span<std::byte> input) {
    if (!hasAnswer(input) || !waits_) return;
    const Clock::time_point now = Clock::now();
    took_.push_back(std::chrono::duration<double, std::milli>(now - calledAt_).count());
    waits_ = false;
    while (due_ <= now) due_ += every_;
  }
  const std::vector<double>& took() const { return took_; }

 private:
  virtual std::string question() = 0;
  // Whether the answer ends in this input.
  virtual bool hasAnswer(std::span<std::byte> input) = 0;

  int descriptor_;
  Clock::duration every_;
  Clock::time_point due_;
  Clock::time_point calledAt_;
  bool waits_ = false;
  std::vector<double> took_;
};

class RealtimeClient final : public Client {
 public:
  RealtimeClient(std::uint16_t port, int number)
      : Client(joined(port, number), WellBehaved::actionEvery), number_(static_cast<std::uint64_t>(number)) {}

 private:
  static int joined(std::uint16_t port, int number) {
    const int descriptor = connectTo(port);
    const std::string name = std::to_string(number);
    sendAll(descriptor, upgradeRequest(port, "/__realtime?key=client" + name + "&url=%2F&clientId=" + name));
    awaitUpgrade(descriptor);
    return descriptor;
  }
  std::string question() override {
    ++calls_;
    std::string out;
    wire::appendMaskedFrame(out, wire::Opcode::binary,
                            wire::encodeActionRequest({.id = "set",
                                                       .args = "[" + std::to_string(calls_) + "]",
                                                       .requestId = wire::streamId(number_ * 1'000'000 + calls_),
                                                       .clientUrl = "/"}),
                            {1, 2, 3, 4});
    return out;
  }
  bool hasAnswer(std::span<std::byte> input) override {
    bool ended = false;
    for (;;) {
      const auto message = decoder_.next(input);
      if (!message) throw std::runtime_error(std::string(message.error().reason));
      if (!*message) return ended;
      if ((*message)->opcode == wire::Opcode::close) throw std::runtime_error("a client's socket was closed");
      if ((*message)->opcode != wire::Opcode::binary || (*message)->payload.empty()) continue;
      const auto type = static_cast<wire::MessageType>((*message)->payload[0]);
      if (type == wire::MessageType::actionError) throw std::runtime_error("an action failed");
      ended = ended || type == wire::MessageType::actionEnd;
    }
  }
  std::uint64_t number_;
  std::uint64_t calls_ = 0;
  wire::Decoder decoder_{wire::Decoder::Role::client, std::size_t{1} << 24};
};

class PageClient final : public Client {
 public:
  explicit PageClient(std::uint16_t port) : Client(connectTo(port), WellBehaved::pageEvery) {
    sendAll(descriptor(), question());
    // The first answer's size is that of all.
    ::usleep(200'000);
    std::array<char, 65536> some{};
    const ssize_t got = ::recv(descriptor(), some.data(), some.size(), 0);
    if (!std::string_view{some.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))}.starts_with("HTTP/1.1 200"))
      throw std::runtime_error("there is no page");
    size_ = static_cast<std::size_t>(got);
  }

 private:
  std::string question() override { return "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"; }
  bool hasAnswer(std::span<std::byte> input) override {
    got_ += input.size();
    if (got_ < size_) return false;
    if (got_ > size_) throw std::runtime_error("pages are not of one size");
    got_ = 0;
    return true;
  }
  std::size_t size_ = 0;
  std::size_t got_ = 0;
};

Waits waitsOf(std::vector<double> all) {
  if (all.empty()) throw std::runtime_error("no call was answered");
  std::ranges::sort(all);
  return {.median = all[all.size() / 2], .p99 = all[all.size() * 99 / 100], .worst = all.back()};
}

// All of them, in the child process.
class Clients {
 public:
  explicit Clients(std::uint16_t port) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < WellBehaved::clients; ++i) realtime_.push_back(std::make_unique<RealtimeClient>(port, i));
    for (int i = 0; i < WellBehaved::connections; ++i) pages_.push_back(std::make_unique<PageClient>(port));
    for (const auto& each : realtime_) all_.push_back(each.get());
    for (const auto& each : pages_) all_.push_back(each.get());
    for (std::size_t i = 0; i < all_.size(); ++i) {
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, all_[i]->descriptor(), &event);
    }
  }

  WellBehaved::Measured measure(std::chrono::duration<double> time) {
    const Clock::time_point start = Clock::now(), end = start + std::chrono::duration_cast<Clock::duration>(time);
    // Their calls are spread, so that they do not wait for each other.
    for (std::size_t i = 0; i < all_.size(); ++i)
      all_[i]->begin(start + i * std::chrono::duration_cast<Clock::duration>(WellBehaved::actionEvery) / all_.size());
    for (Clock::time_point now = start; now < end || anyWaits(); now = Clock::now()) {
      for (Client* const each : all_)
        if (!each->waits() && each->due() <= now && now < end) each->call();
      await(std::max(now + std::chrono::microseconds{10}, std::min(end, nextDue())));
    }
    return {.action = waitsOf(tookBy(realtime_)), .page = waitsOf(tookBy(pages_))};
  }

 private:
  bool anyWaits() const { return std::ranges::any_of(all_, &Client::waits); }
  Clock::time_point nextDue() const {
    Clock::time_point next = Clock::time_point::max();
    for (const Client* const each : all_)
      if (!each->waits()) next = std::min(next, each->due());
    return next;
  }
  // Until something comes, or the time.
  void await(Clock::time_point until) {
    const auto left = std::clamp<std::chrono::nanoseconds>(until - Clock::now(), std::chrono::nanoseconds{0},
                                                           std::chrono::milliseconds{100});
    const timespec most{.tv_sec = 0, .tv_nsec = left.count()};
    std::array<epoll_event, 128> events{};
    const int ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &most, nullptr);
    for (int i = 0; i < ready; ++i) {
      Client& client = *all_[events[static_cast<std::size_t>(i)].data.u64];
      const ssize_t got = ::recv(client.descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (got <= 0) throw std::runtime_error("a client's connection was closed");
      client.take({buffer_.data(), static_cast<std::size_t>(got)});
    }
  }
  template <class Kind>
  static std::vector<double> tookBy(const std::vector<std::unique_ptr<Kind>>& some) {
    std::vector<double> all;
    for (const auto& each : some) all.insert(all.end(), each->took().begin(), each->took().end());
    return all;
  }

  int epoll_;
  std::vector<std::unique_ptr<RealtimeClient>> realtime_;
  std::vector<std::unique_ptr<PageClient>> pages_;
  std::vector<Client*> all_;
  std::array<std::byte, 65536> buffer_{};
};

}  // namespace

WellBehaved::Pipes::Pipes() {
  if (::pipe(orders) != 0 || ::pipe(reports) != 0) throw std::runtime_error("no pipe");
}

WellBehaved::WellBehaved(std::uint16_t port, const ChildProcess::Options& options)
    : process_(
          [&] {
            ::close(pipes_.orders[1]);
            Clients clients{port};
            for (double seconds = 0; ::read(pipes_.orders[0], &seconds, sizeof seconds) == sizeof seconds;) {
              const Measured measured = clients.measure(std::chrono::duration<double>{seconds});
              if (::write(pipes_.reports[1], &measured, sizeof measured) != sizeof measured) return;
            }
          },
          options) {
  ::close(pipes_.orders[0]);
  ::close(pipes_.reports[1]);
}

WellBehaved::~WellBehaved() {
  ::close(pipes_.orders[1]);
  ::close(pipes_.reports[0]);
}

WellBehaved::Measured WellBehaved::measure(std::chrono::duration<double> time) {
  const double seconds = time.count();
  Measured measured;
  if (::write(pipes_.orders[1], &seconds, sizeof seconds) != sizeof seconds ||
      ::read(pipes_.reports[0], &measured, sizeof measured) != sizeof measured)
    throw std::runtime_error("the well-behaved clients have gone");
  return measured;
}

}  // namespace duramen::bench
