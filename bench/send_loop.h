#pragma once
// The bare program that a fan-out is measured against: N accepted sockets, one send() of the same bytes to each.

#include <cstdint>
#include <string>
#include <vector>

namespace duramen::bench {

class SendLoop {
 public:
  SendLoop();
  ~SendLoop();
  SendLoop(const SendLoop&) = delete;
  SendLoop& operator=(const SendLoop&) = delete;

  std::uint16_t port() const { return port_; }
  // Accepts and upgrades so many.
  void accept(std::uint32_t clients);
  // What is measured.
  void sendToAll(const std::string& bytes) const;

 private:
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> sockets_;
};

}  // namespace duramen::bench
