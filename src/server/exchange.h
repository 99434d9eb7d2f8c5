#pragma once
// What is counted and logged of one request and its answer, and of a socket that a request became.

#include <memory>

#include "loop/loop.h"
#include "server/access_entry.h"

namespace duramen::server {

class Connection;

class Exchange {
 public:
  // REQUIRES: the connection outlives it, and so does the connection's hub.
  explicit Exchange(Connection& connection) : connection_(connection) {}

  // The request's first byte has come.
  void begin();
  // What is known of the request: all of it, or what was read when it was refused.
  void asked(const Request& request);
  void answers(int status);
  // The answer is with the kernel.
  void end() { finish(false); }
  // The connection has gone.
  void breakOff() { finish(true); }
  // The answer is a 101. What is known of the request, for the socket's own end; null without an access log.
  std::unique_ptr<AccessEntry> switched();

 private:
  void finish(bool broken);

  Connection& connection_;
  loop::TimePoint since_{};
  std::uint64_t sentBefore_ = 0;  // by the connection, when the request began
  int status_ = 0;                // 0: none yet
  std::uint8_t method_ = 0;       // which of TransportMetrics::methods
  bool asked_ = false;            // there is something to tell of
  std::unique_ptr<AccessEntry> entry_;
};

class SocketTally {
 public:
  // REQUIRES: as for Exchange.
  explicit SocketTally(Connection& connection) : connection_(connection) {}

  void opened(std::unique_ptr<AccessEntry> request);
  void received();
  void page();
  void answer();
  // Once.
  void closed(int code);

 private:
  struct Record {
    AccessEntry entry;
    loop::TimePoint since;
    std::uint64_t sentBefore = 0;
    std::uint64_t receivedBefore = 0;
  };
  Connection& connection_;
  std::unique_ptr<Record> record_;  // if there is an access log
};

}  // namespace duramen::server
