#pragma once
// A handler that is told of whole messages, for tests and benchmarks whose peers behave.

#include <map>
#include <string>

#include "server/transport.h"

namespace duramen::server {

class WholeMessages : public Handler {
 public:
  virtual void message(SocketId socket, std::span<const std::byte> message) = 0;

  void piece(SocketId socket, std::span<const std::byte> bytes, bool last) final {
    const auto begun = begun_.find(socket);
    if (last && begun == begun_.end()) return message(socket, bytes);
    std::string& whole = begun_[socket];
    whole.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!last) return;
    const std::string ended = std::move(whole);
    begun_.erase(socket);
    message(socket, std::as_bytes(std::span(ended)));
  }

 private:
  std::map<SocketId, std::string> begun_;
};

}  // namespace duramen::server
