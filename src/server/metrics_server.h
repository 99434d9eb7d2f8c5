#pragma once
// Serves GET /metrics at an address of its own, from a thread of its own: so that it still answers when a loop of the
// server is stuck, with what that loop last said.

#include <memory>
#include <vector>

#include "base/log.h"
#include "server/host_check.h"
#include "server/metrics.h"
#include "server/service.h"
#include "server/transport.h"

namespace duramen::objects {
class DurableObjects;
}

namespace duramen::server {

class AccessLog;

class MetricsServer {
 public:
  // What is measured. All of it outlives the MetricsServer.
  struct Subject {
    struct Lane {
      loop::Loop& loop;
      const Transport& transport;
      const loop::LoopLag& lag;
    };
    std::vector<Lane> lanes;
    Service& service;
    const objects::DurableObjects& objects;
    const BodyStore& bodies;
    const AccessLog* accessLog = nullptr;
    HostCheck hosts;
  };

  // REQUIRES: the lanes' loops run.
  MetricsServer(const Listener& listener, Subject subject, Log log);
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  // REQUIRES: the lanes' loops run; not on one of them.
  ~MetricsServer();

 private:
  class Scrapes;

  const Subject subject_;
  loop::ThreadLoop loop_;
  std::unique_ptr<Scrapes> scrapes_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace duramen::server
