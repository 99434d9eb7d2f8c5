#include "duramen/server.h"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "loop/thread_loop.h"
#include "objects/durable_objects.h"
#include "server/app_handler.h"
#include "server/secret.h"
#include "server/service.h"
#include "server/transport.h"

namespace duramen {
namespace {

// The value, or its sentence as what keeps the server from starting.
template <class T>
T required(std::expected<T, std::string> value) {
  if (!value) throw std::runtime_error(value.error());
  return std::move(*value);
}

}  // namespace

class Server::Impl {
 public:
  Impl(std::unique_ptr<app::Site> site, ServerOptions options)
      : options_(std::move(options)), log_(options_.log), site_(std::move(site)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  void start();
  void stop();
  const std::string& address() const { return address_; }

 private:
  // A loop, and what lives on it.
  struct Lane {
    explicit Lane(const Log& log) : loop(log) {}
    loop::ThreadLoop loop;
    std::unique_ptr<server::AppHandler> handler;
    std::unique_ptr<server::Transport> transport;
    bool draining = false;  // on the loop
  };
  using Lanes = std::vector<std::unique_ptr<Lane>>;

  objects::Objects::Options objectsOptions();
  server::ServiceOptions serviceOptions() const;
  server::Limits transportLimits() const;
  server::ConnectionLimits connectionLimits() const;
  void open(const server::Listener& listener);
  void drain(const std::function<void()>& done);
  void awaitSockets();
  void awaitActions();
  void diskFailed(const std::string& reason);

  ServerOptions options_;
  const Log log_;
  std::unique_ptr<app::Site> site_;  // until start()
  std::string address_;
  Lanes lanes_;
  std::unique_ptr<objects::DurableObjects> objects_;
  std::unique_ptr<server::Service> service_;
  bool running_ = false;
};

void Server::Impl::start() {
  if (!site_) throw std::logic_error("a server is started once");
  auto listener = server::Listener::open(options_.listen);
  if (!listener) throw std::runtime_error(listener.error());
  address_ = listener->address();
  open(*listener);
  running_ = true;
  for (const auto& lane : lanes_) lane->loop.start();
  log_.info("serving " + address_ + " from " + options_.data + " with " + std::to_string(lanes_.size()) + " loops");
}

void Server::Impl::open(const server::Listener& listener) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const unsigned threads = options_.threads ? options_.threads : cores;
  std::vector<loop::Loop*> loops;
  for (unsigned i = 0; i < threads; ++i) loops.push_back(&lanes_.emplace_back(std::make_unique<Lane>(log_))->loop);
  auto objects = objects::DurableObjects::open(options_.data, loops, objectsOptions());
  if (!objects) throw std::runtime_error(objects.error());
  objects_ = std::move(*objects);
  service_ = std::make_unique<server::Service>(std::move(site_), loops, objects_->objects(), serviceOptions(), log_);
  const server::Limits limits = transportLimits();
  const server::ConnectionLimits places = connectionLimits();
  for (const auto& lane : lanes_) {
    lane->handler = std::make_unique<server::AppHandler>(*service_, lane->loop);
    lane->transport = std::make_unique<server::Transport>(lane->loop, *lane->handler, limits, log_, places);
    lane->handler->setOutlet(*lane->transport);
    lane->transport->accept(listener);
  }
}

objects::Objects::Options Server::Impl::objectsOptions() {
  objects::Objects::Options options;
  options.log = log_;
  options.onStopped = [this](const std::string& reason) { diskFailed(reason); };
  return options;
}

server::ServiceOptions Server::Impl::serviceOptions() const {
  server::ServiceOptions options;
  options.groups.passes.deadline = options_.passDeadline;
  options.groups.passes.maxPerSecond = options_.maxPassRate;
  options.groups.navigationsPerSecond = options.groups.navigationsAtOnce = options_.maxNavigationRate;
  options.joins = {.keys = options_.maxKeys,
                   .clientsOfKey = options_.maxClientsOfKey,
                   .clientsOfAddress = options_.maxClientsOfAddress,
                   .joinsPerSecond = options_.maxJoinRate,
                   .joinsAtOnce = 10 * options_.maxJoinRate};
  options.allowedOrigins = options_.allowOrigins;
  options.contentSecurityPolicy = options_.contentSecurityPolicy;
  options.securityHeaders = options_.securityHeaders;
  options.hosts = required(server::HostCheck::of({options_.listen}, options_.allowHosts));
  options.proxies = required(server::TrustedProxies::of(options_.trustProxies));
  options.secret = required(server::readSecret(options_.data, options_.secret));
  return options;
}

server::Limits Server::Impl::transportLimits() const {
  server::Limits limits;
  limits.urlBytes = options_.maxUrlBytes;
  limits.headerBytes = options_.maxHeaderBytes;
  limits.headerCount = options_.maxHeaderCount;
  limits.bodyBytes = options_.maxBodyBytes;
  limits.headerTime = options_.maxHeaderTime;
  limits.bodyTime = options_.maxBodyTime;
  limits.bodyBytesPerSecond = options_.minBodyRate;
  limits.idleTime = options_.maxIdleTime;
  limits.requestsOfConnection = options_.maxRequestsOfConnection;
  return limits;
}

server::ConnectionLimits Server::Impl::connectionLimits() const {
  return server::ConnectionLimits({.connections = options_.maxConnections,
                                   .connectionsOfAddress = options_.maxConnectionsOfAddress,
                                   .isShared = [proxies = required(server::TrustedProxies::of(options_.trustProxies))](
                                                   std::string_view address) { return proxies.trust(address); }});
}

void Server::Impl::stop() {
  if (!running_) return;
  running_ = false;
  awaitSockets();
  awaitActions();
  service_->groups().clear();
  objects_->stop();
  for (const auto& lane : lanes_) lane->loop.stop();
  for (const auto& lane : lanes_) lane->loop.join();
  for (const auto& lane : lanes_) {
    lane->transport.reset();
    lane->handler.reset();
  }
  service_.reset();
  objects_.reset();
  lanes_.clear();
  log_.info("stopped");
}

// Closes what is open, on each loop; `done` is called there when nothing is.
void Server::Impl::drain(const std::function<void()>& done) {
  for (const auto& each : lanes_)
    each->loop.post([this, lane = each.get(), done] {
      if (std::exchange(lane->draining, true)) return done();
      lane->transport->drain(options_.drain, done);
    });
}

void Server::Impl::awaitSockets() {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t left = lanes_.size();
  drain([&] {
    const std::lock_guard lock{mutex};
    --left;
    changed.notify_one();
  });
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return left == 0; });
}

// Actions that were received run to their end, if that comes in time.
void Server::Impl::awaitActions() {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable changed;
    bool idle = false;
  };
  const auto waiting = std::make_shared<Waiting>();
  service_->groups().whenIdle([waiting] {
    const std::lock_guard lock{waiting->mutex};
    waiting->idle = true;
    waiting->changed.notify_one();
  });
  std::unique_lock lock{waiting->mutex};
  if (!waiting->changed.wait_for(lock, options_.drain, [&] { return waiting->idle; }))
    log_.warning("some actions were still running and were given up");
}

// On the committer's thread.
void Server::Impl::diskFailed(const std::string& reason) {
  log_.error("the disk failed, nothing more is written: " + reason);
  drain([] {});
  if (options_.onStopped) options_.onStopped(reason);
}

Server::Server(std::unique_ptr<app::Site> site, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(site), std::move(options))) {}
Server::~Server() = default;
void Server::start() { impl_->start(); }
void Server::stop() { impl_->stop(); }
std::string Server::url() const { return "http://" + impl_->address(); }

}  // namespace duramen
