#pragma once
// A listening socket, bound once for all loops: of an address, of a path in the file system, or opened by somebody
// else.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::server {

class Listener {
 public:
  // "127.0.0.1:8787", "[::1]:8787", "localhost:8787" (port 0 takes a free one), "[::]:8787" for IPv6 and IPv4, or
  // "unix:/run/app.sock": a socket file that nobody listens on any more is replaced. The error is a sentence.
  static std::expected<Listener, std::string> open(std::string_view address);
  // A stream socket that listens already. Takes it over: it is closed with the listener.
  static std::expected<Listener, std::string> adopt(int descriptor);
  // The sockets that systemd has opened for this process (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS).
  static std::expected<std::vector<Listener>, std::string> fromSystemd();

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  // Takes its socket file away, if it made one.
  ~Listener();

  // As given, with the port that it got: "127.0.0.1:40321", "unix:/run/app.sock".
  const std::string& address() const { return address_; }
  bool isUnix() const { return address_.starts_with("unix:"); }
  int descriptor() const { return descriptor_; }

 private:
  Listener(int descriptor, std::string address, std::string file = {})
      : descriptor_(descriptor), address_(std::move(address)), file_(std::move(file)) {}
  static std::expected<Listener, std::string> openUnix(std::string_view address, std::string_view path);

  int descriptor_ = -1;
  std::string address_;
  std::string file_;  // that it made; empty: none
};

}  // namespace duramen::server
