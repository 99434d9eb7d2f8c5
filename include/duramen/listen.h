#pragma once
// Where a server listens.

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace duramen {

// One address or several, each "127.0.0.1:8080", "[::1]:8080", "[::]:8080" for IPv6 and IPv4, "example.lan:8080",
// "unix:/run/app.sock", or "systemd" for the sockets that systemd has opened. Port 0 takes a free one.
class ListenAddresses {
 public:
  ListenAddresses(const char* one) : all_{one} {}
  ListenAddresses(std::string one) : all_{std::move(one)} {}
  ListenAddresses(std::vector<std::string> all) : all_(std::move(all)) {}
  ListenAddresses(std::initializer_list<std::string> all) : all_(all) {}
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

}  // namespace duramen
