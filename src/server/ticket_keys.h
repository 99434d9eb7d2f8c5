#pragma once
// The keys that TLS sessions are sealed with into tickets, which the clients keep (RFC 8446 §4.6.1, RFC 5077). There is
// a new one each hour, and one is forgotten after three: who comes by the server's memory opens no older session. Any
// thread.

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

struct ssl_ctx_st;

namespace duramen::server {

class TicketKeys {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit TicketKeys(std::function<Time()> now = &std::chrono::steady_clock::now) : now_(std::move(now)) {}
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  static constexpr std::chrono::hours inUse{1};
  static constexpr std::chrono::hours kept{3};

  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};  // AES-256-CBC
    std::array<unsigned char, 32> mac{};     // HMAC-SHA-256
  };
  // What tickets are sealed with now.
  Key current();
  // What the ticket of this name was sealed with, and whether its client should get a new one; nothing if it is
  // forgotten, or was never ours.
  struct Found {
    Key key;
    bool isOld = false;
  };
  std::optional<Found> find(std::span<const unsigned char, 16> name);

  // Seals the tickets of this context. REQUIRES: it outlives the context.
  void use(ssl_ctx_st* context);

 private:
  struct Entry {
    Key key;
    Time madeAt;
  };
  void rotate();

  const std::function<Time()> now_;
  std::mutex mutex_;
  std::deque<Entry> keys_;  // the latest first
};

}  // namespace duramen::server
