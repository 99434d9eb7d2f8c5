#include "socket_crowd.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "base/descriptor_limit.h"
#include "client_socket.h"
#include "wire/realtime.h"
#include "wire/websocket.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;

enum class Command : std::uint32_t { join, send };
struct Order {
  Command command;
  std::uint32_t client;  // of join: how many
  std::uint32_t port;
  std::uint32_t bytes;  // that follow
};
// pages 0: all have joined.
struct Report {
  std::uint32_t pages;
  std::int64_t at;
};

void must(bool fine, const char* what) {
  if (!fine) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

bool readWhole(int from, void* data, std::size_t size) {
  for (char* at = static_cast<char*>(data); size > 0;) {
    const ssize_t got = ::read(from, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void writeWhole(int to, const void* data, std::size_t size) {
  for (const char* at = static_cast<const char*>(data); size > 0;) {
    const ssize_t sent = ::write(to, at, size);
    must(sent > 0, "write");
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

// The clients, in the child process.
class Crowd {
 public:
  Crowd(int commands, int reports) : commands_(commands), reports_(reports), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(commands_, commandsMark);
  }

  void run() {
    std::vector<epoll_event> events(1024);
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const std::uint32_t mark = events[static_cast<std::size_t>(i)].data.u32;
        if (mark != commandsMark)
          drain(mark);
        else if (!obey())
          return;
      }
    }
  }

 private:
  static constexpr std::uint32_t commandsMark = ~std::uint32_t{0};
  struct Client {
    int socket;
    std::uint32_t pages = 0;
    wire::Decoder decoder{wire::Decoder::Role::client, std::size_t{1} << 28};
  };

  void watch(int descriptor, std::uint32_t mark) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = mark;
    must(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  }

  bool obey() {
    Order order{};
    if (!readWhole(commands_, &order, sizeof order)) return false;
    std::string text(order.bytes, 0);
    if (!readWhole(commands_, text.data(), text.size())) return false;
    if (order.command == Command::join) {
      for (std::uint32_t i = 0; i < order.client; ++i) connect(static_cast<std::uint16_t>(order.port), text);
      for (std::uint32_t i = 0; i < clients_.size(); ++i) finishUpgrade(i);
      report(0);
    } else {
      std::string frame;
      wire::appendMaskedFrame(frame, wire::Opcode::binary, text, {1, 2, 3, 4});
      writeWhole(clients_.at(order.client).socket, frame.data(), frame.size());
    }
    return true;
  }

  void connect(std::uint16_t port, const std::string& target) {
    const int socket = connectTo(port);
    must(socket >= 0, "connect");
    const std::string number = std::to_string(clients_.size());
    std::string path;
    for (const char c : target) path += c == '*' ? number : std::string(1, c);
    sendAll(socket, upgradeRequest(port, path));
    clients_.push_back({.socket = socket});
  }

  void finishUpgrade(std::uint32_t index) {
    awaitUpgrade(clients_[index].socket);
    watch(clients_[index].socket, index);
  }

  void drain(std::uint32_t index) {
    Client& client = clients_[index];
    const ssize_t got = ::recv(client.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.socket, nullptr);
      return;
    }
    std::span<std::byte> rest{buffer_.data(), static_cast<std::size_t>(got)};
    for (;;) {
      const auto message = client.decoder.next(rest);
      if (!message) throw std::runtime_error(std::string(message.error().reason));
      if (!*message) return;
      const std::span<const std::byte> payload = (*message)->payload;
      if ((*message)->opcode != wire::Opcode::binary || payload.empty()) continue;
      const auto type = static_cast<wire::MessageType>(payload[0]);
      if (type == wire::MessageType::pageEnd || type == wire::MessageType::actionEnd) countPage(client);
    }
  }

  void countPage(Client& client) {
    const std::uint32_t pages = ++client.pages;
    if (reached_.size() < pages) reached_.push_back(0);
    if (++reached_[pages - 1] == clients_.size()) report(pages);
  }

  void report(std::uint32_t pages) const {
    const Report report{pages, Clock::now().time_since_epoch().count()};
    writeWhole(reports_, &report, sizeof report);
  }

  int commands_;
  int reports_;
  int epoll_;
  std::vector<Client> clients_;
  std::vector<std::size_t> reached_;  // how many clients have had so many pages
  std::array<std::byte, 256 * 1024> buffer_{};
};

}  // namespace

SocketCrowd::SocketCrowd() {
  std::array<int, 2> commands{};
  std::array<int, 2> reports{};
  must(::pipe(commands.data()) == 0 && ::pipe(reports.data()) == 0, "pipe");
  child_ = ::fork();
  must(child_ >= 0, "fork");
  if (child_ == 0) {
    ::close(commands[1]);
    ::close(reports[0]);
    raiseDescriptorLimit();
    int status = 0;
    try {
      Crowd{commands[0], reports[1]}.run();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the crowd gives up: %s\n", error.what());
      status = 1;
    }
    std::_Exit(status);
  }
  ::close(commands[0]);
  ::close(reports[1]);
  commands_ = commands[1];
  reports_ = reports[0];
}

SocketCrowd::~SocketCrowd() {
  ::close(commands_);
  ::close(reports_);
  ::waitpid(child_, nullptr, 0);
}

void SocketCrowd::write(const void* data, std::size_t size) const { writeWhole(commands_, data, size); }

void SocketCrowd::read(void* data, std::size_t size) const {
  if (!readWhole(reports_, data, size)) throw std::runtime_error("the crowd has gone");
}

void SocketCrowd::join(std::uint16_t port, std::uint32_t clients, std::string_view target) {
  const Order order{Command::join, clients, port, static_cast<std::uint32_t>(target.size())};
  write(&order, sizeof order);
  write(target.data(), target.size());
}

void SocketCrowd::send(std::uint32_t client, std::string_view message) {
  const Order order{Command::send, client, 0, static_cast<std::uint32_t>(message.size())};
  write(&order, sizeof order);
  write(message.data(), message.size());
}

void SocketCrowd::awaitJoined() {
  Report report{};
  read(&report, sizeof report);
}

Clock::time_point SocketCrowd::awaitPages(std::uint32_t pages) {
  while (reported_ < pages) {
    Report report{};
    read(&report, sizeof report);
    reported_ = report.pages;
    reportedAt_ = report.at;
  }
  return Clock::time_point{Clock::duration{reportedAt_}};
}

std::chrono::nanoseconds cpuTime() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto span = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return span(usage.ru_utime) + span(usage.ru_stime);
}

}  // namespace duramen::bench
