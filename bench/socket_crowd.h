#pragma once
// Many WebSocket clients in a process of their own, so that what they cost is in nobody's figures. They join, drain
// what comes, and say when the last of them has a page.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace duramen::bench {

class SocketCrowd {
 public:
  // Forks. REQUIRES: the program has no other thread yet.
  SocketCrowd();
  ~SocketCrowd();
  SocketCrowd(const SocketCrowd&) = delete;
  SocketCrowd& operator=(const SocketCrowd&) = delete;

  // Starts to connect `clients` sockets to 127.0.0.1:port and to upgrade them at `target`, in which each '*' becomes
  // the client's number ("/__realtime?key=%2F&url=%2F&clientId=*").
  void join(std::uint16_t port, std::uint32_t clients, std::string_view target);
  // Waits until all are upgraded.
  void awaitJoined();
  // Waits until each client has had `pages` whole pages or answers (an END message each) since it joined; when the last
  // one had. Each number is waited for once, in ascending order.
  std::chrono::steady_clock::time_point awaitPages(std::uint32_t pages);
  // Sends a binary message from the client of this number.
  void send(std::uint32_t client, std::string_view message);

 private:
  void write(const void* data, std::size_t size) const;
  void read(void* data, std::size_t size) const;
  int child_ = -1;
  int commands_ = -1;
  int reports_ = -1;
  std::uint32_t reported_ = 0;
  std::int64_t reportedAt_ = 0;
};

// User and system time of this process so far.
std::chrono::nanoseconds cpuTime();

}  // namespace duramen::bench
