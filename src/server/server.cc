#include "duramen/server.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/file_size_signal.h"
#include "loop/loop_lag.h"
#include "loop/thread_loop.h"
#include "objects/durable_objects.h"
#include "server/access_log.h"
#include "server/app_handler.h"
#include "server/metrics_server.h"
#include "server/secret.h"
#include "server/self_signed.h"
#include "server/service.h"
#include "server/transport.h"

namespace duramen {
namespace {

// How often the files of a certificate are looked at.
constexpr std::chrono::seconds certificateLook{10};
// How often the log tells what it left out.
constexpr std::chrono::seconds leftOutLook{10};

// "robot.local" of "robot.local:8787"; those that say nothing about a name are left out.
std::vector<std::string> hostNames(const std::vector<std::string>& addresses) {
  std::vector<std::string> names;
  for (const std::string& address : addresses) {
    std::string name = address.substr(0, address.rfind(':'));
    if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
    if (address.contains(':') && name != "unix" && name != "0.0.0.0" && name != "::") names.push_back(std::move(name));
  }
  return names;
}

// The value, or its sentence as what keeps the server from starting.
template <class T>
T required(std::expected<T, std::string> value) {
  if (!value) throw std::runtime_error(value.error());
  if constexpr (!std::is_void_v<T>) return std::move(*value);
}

}  // namespace

class Server::Impl {
 public:
  Impl(std::unique_ptr<app::Site> site, ServerOptions options)
      : options_(std::move(options)), log_(options_.log), site_(std::move(site)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  std::optional<int> insteadOfServing();
  void start();
  void stop();
  const ServerOptions& options() const { return options_; }
  void whenEnding(std::function<void()> ending);
  bool diskHasFailed() const { return diskFailed_; }
  std::vector<std::string> urls() const { return urls_; }
  std::string tlsFingerprint() const { return credentials_ ? credentials_->current()->fingerprint() : std::string{}; }
  std::expected<void, std::string> reloadCertificates();
  void reopenLogs();
  std::string metricsUrl() const { return metricsUrl_; }

 private:
  // A loop, and what lives on it.
  struct Lane {
    explicit Lane(const Log& log) : loop(log) {}
    loop::ThreadLoop loop;
    loop::LoopLag lag{loop};
    std::unique_ptr<server::AppHandler> handler;
    std::unique_ptr<server::Transport> transport;
    bool draining = false;     // on the loop
    loop::Timer certificates;  // likewise
    loop::Timer leftOut;       // likewise
  };
  using Lanes = std::vector<std::unique_ptr<Lane>>;

  objects::Objects::Options objectsOptions();
  server::ServiceOptions serviceOptions() const;
  void listen();
  void openTls();
  void openAccessLog();
  server::Limits transportLimits() const;
  server::ConnectionLimits connectionLimits() const;
  server::BodyStore openBodies() const;
  void open();
  void serveMetrics();
  void watchCertificates();
  void tellLeftOut();
  void drain(loop::Duration most, const std::function<void()>& done);
  void awaitSockets(loop::Duration most);
  void awaitActions(std::chrono::steady_clock::time_point deadline);
  void diskFailed(const std::string& reason);
  void tellEnding();

  ServerOptions options_;
  const Log log_;
  std::unique_ptr<app::Site> site_;  // until start()
  std::vector<server::Listener> listeners_;
  std::unique_ptr<server::TlsCredentials> credentials_;  // null: no TLS
  std::vector<std::string> urls_;
  std::unique_ptr<server::AccessLog> accessLog_;
  Lanes lanes_;
  std::unique_ptr<objects::DurableObjects> objects_;
  std::unique_ptr<server::Service> service_;
  std::optional<server::BodyStore> bodies_;
  std::optional<server::Listener> metricsListener_;
  std::string metricsUrl_;
  std::unique_ptr<server::MetricsServer> metrics_;
  std::mutex stopping_;
  bool running_ = false;
  std::atomic<bool> diskFailed_ = false;
  std::mutex endingMutex_;
  std::function<void()> ending_;
};

std::optional<int> Server::Impl::insteadOfServing() {
  if (!options_.exitStatus && options_.writeTypes && site_)
    options_.exitStatus = app::writeTypesTo(*options_.writeTypes, site_->typeScript());
  return options_.exitStatus;
}

void Server::Impl::start() {
  if (options_.exitStatus || options_.writeTypes)
    throw std::logic_error(
        "the command line asks for something else than serving: main returns the status of "
        "Server::insteadOfServing() before it calls start(), or calls run()");
  if (!site_) throw std::logic_error("a server is started once");
  const FileSizeSignalBlocked blocked;
  listen();
  openAccessLog();
  open();
  {
    const std::lock_guard lock{stopping_};
    running_ = true;
  }
  for (const auto& lane : lanes_) lane->loop.start();
  if (metricsListener_) serveMetrics();
  if (credentials_) lanes_.front()->loop.post([this] { watchCertificates(); });
  lanes_.front()->loop.post([this] { tellLeftOut(); });
  for (const std::string& url : urls_) log_.info("serving " + url);
  log_.info("data in " + options_.data + ", " + std::to_string(lanes_.size()) + " loops");
}

void Server::Impl::listen() {
  for (const std::string& address : options_.listen.all()) {
    if (address == "systemd")
      for (server::Listener& each : required(server::Listener::fromSystemd())) listeners_.push_back(std::move(each));
    else
      listeners_.push_back(required(server::Listener::open(address)));
  }
  for (const int descriptor : options_.listenDescriptors)
    listeners_.push_back(required(server::Listener::adopt(descriptor)));
  if (listeners_.empty()) throw std::runtime_error("a server listens on one address at least");
  const bool tls = options_.tlsSelfSigned || !options_.tlsCertificate.empty();
  for (const server::Listener& each : listeners_)
    urls_.push_back(each.isUnix() ? each.address() : (tls ? "https://" : "http://") + each.address());
  if (!options_.metrics.empty()) metricsListener_ = required(server::Listener::open(options_.metrics));
}

// Below the data directory, which is there by now.
void Server::Impl::openTls() {
  if (options_.tlsSelfSigned) {
    if (!options_.tlsCertificate.empty() || !options_.tlsKey.empty())
      throw std::runtime_error("TLS takes a certificate and its key, or a self-signed one, not both");
    const auto folder = std::filesystem::path{options_.data} / "tls";
    const auto files = required(server::selfSigned(folder, hostNames(options_.listen.all())));
    credentials_ = required(server::TlsCredentials::open(files));
    log_.info("the certificate is self-signed; its fingerprint, SHA-256: " + tlsFingerprint());
  } else if (!options_.tlsCertificate.empty() || !options_.tlsKey.empty()) {
    if (options_.tlsCertificate.empty() || options_.tlsKey.empty())
      throw std::runtime_error("TLS takes both a certificate and its key");
    credentials_ = required(server::TlsCredentials::open({options_.tlsCertificate, options_.tlsKey}));
  }
}

void Server::Impl::serveMetrics() {
  const bool isUnix = metricsListener_->isUnix();
  metricsUrl_ = isUnix ? metricsListener_->address() : "http://" + metricsListener_->address() + "/metrics";
  server::MetricsServer::Subject subject{
      .lanes = {},
      .service = *service_,
      .objects = *objects_,
      .bodies = *bodies_,
      .accessLog = accessLog_.get(),
      .hosts = required(server::HostCheck::of(hostNames({options_.metrics}), options_.allowHosts))};
  for (const auto& lane : lanes_) {
    lane->loop.post([&lag = lane->lag] { lag.start(); });
    subject.lanes.push_back({lane->loop, *lane->transport, lane->lag});
  }
  metrics_ = std::make_unique<server::MetricsServer>(*metricsListener_, std::move(subject), log_);
  log_.info("metrics are at " + metricsUrl_);
}

void Server::Impl::openAccessLog() {
  if (options_.accessLog == AccessLogFormat::off) return;
  const bool json = options_.accessLog == AccessLogFormat::json;
  accessLog_ = std::make_unique<server::AccessLog>(json ? server::AccessFormat::json : server::AccessFormat::text,
                                                   required(server::openSink(options_.accessLogFile, log_)));
}

// Any thread: what it uses lives as long as the server.
void Server::Impl::reopenLogs() {
  if (accessLog_) accessLog_->reopen();
}

void Server::Impl::open() {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const unsigned threads = options_.threads ? options_.threads : cores;
  std::vector<loop::Loop*> loops;
  for (unsigned i = 0; i < threads; ++i) loops.push_back(&lanes_.emplace_back(std::make_unique<Lane>(log_))->loop);
  auto objects = objects::DurableObjects::open(options_.data, loops, objectsOptions());
  if (!objects) throw std::runtime_error(objects.error());
  objects_ = std::move(*objects);
  openTls();
  service_ = std::make_unique<server::Service>(std::move(site_), loops, objects_->objects(), serviceOptions(), log_);
  const server::Limits limits = transportLimits();
  const server::ConnectionLimits places = connectionLimits();
  bodies_.emplace(openBodies());
  for (const auto& lane : lanes_) {
    lane->handler = std::make_unique<server::AppHandler>(*service_, lane->loop);
    lane->transport = std::make_unique<server::Transport>(lane->loop, *lane->handler, limits, log_, places, *bodies_,
                                                          service_->memory());
    lane->handler->setOutlet(*lane->transport);
    if (accessLog_) lane->transport->logTo(*accessLog_);
    for (const server::Listener& listener : listeners_)
      lane->transport->accept(listener,
                              {.tls = listener.isUnix() ? nullptr : credentials_.get(),
                               .proxyProtocolOf = options_.proxyProtocol ? &service_->options().proxies : nullptr});
  }
}

// On the first loop.
void Server::Impl::watchCertificates() {
  lanes_.front()->certificates = lanes_.front()->loop.after(certificateLook, [this] {
    const auto changed = credentials_->reloadIfChanged();
    if (!changed)
      log_.error(changed.error() + ": the old one stays in use");
    else if (*changed)
      log_.info("the certificate was read again; its fingerprint, SHA-256: " + tlsFingerprint());
    watchCertificates();
  });
}

// On the first loop.
void Server::Impl::tellLeftOut() {
  log_.tellLeftOut();
  lanes_.front()->leftOut = lanes_.front()->loop.after(leftOutLook, [this] { tellLeftOut(); });
}

std::expected<void, std::string> Server::Impl::reloadCertificates() {
  if (!credentials_) return std::unexpected("this server has no certificate: it speaks no TLS");
  return credentials_->reload();
}

objects::Objects::Options Server::Impl::objectsOptions() {
  objects::Objects::Options options;
  options.log = log_;
  options.mostBytes = options_.maxObjectsMemory;
  options.acceptDamagedLog = options_.acceptDamagedLog;
  options.acceptChangedStore = options_.acceptChangedStore;
  options.onStopped = [this](const std::string& reason) { diskFailed(reason); };
  return options;
}

server::ServiceOptions Server::Impl::serviceOptions() const {
  server::ServiceOptions options;
  options.groups.passes.deadline = options_.passDeadline;
  options.groups.passes.maxPerSecond = options_.maxPassRate;
  options.groups.authority = {.interval = options_.sessionInterval, .deadline = options_.passDeadline};
  options.groups.joinLifetime = options_.joinLifetime;
  options.groups.navigationsPerSecond = options.groups.navigationsAtOnce = options_.maxNavigationRate;
  options.groups.views = options_.maxViewsOfKey;
  options.groups.viewBytes = options_.maxViewBytesOfKey;
  options.viewMemory = options_.maxViewBytes;
  options.clientMemory = options_.maxClientMemory;
  options.joins = {.keys = options_.maxKeys,
                   .clientsOfKey = options_.maxClientsOfKey,
                   .clientsOfAddress = options_.maxClientsOfAddress,
                   .joinsPerSecond = options_.maxJoinRate,
                   .joinsAtOnce = 10 * options_.maxJoinRate};
  options.allowedOrigins = options_.allowOrigins;
  options.contentSecurityPolicy = options_.contentSecurityPolicy;
  options.securityHeaders = options_.securityHeaders;
  options.hosts = required(server::HostCheck::of(hostNames(options_.listen.all()), options_.allowHosts));
  options.proxies = required(server::TrustedProxies::of(options_.trustProxies));
  if (options_.proxyProtocol && options.proxies.empty())
    throw std::runtime_error("the PROXY protocol is spoken by trusted proxies only: name them");
  for (const std::string& own : {options_.data, options_.secret, options_.tlsKey, options_.accessLogFile})
    if (!own.empty()) required(server::keepsPrivate(options_.staticFiles, own));
  options.staticFiles = required(server::StaticFiles::open(options_.staticFiles));
  options.secret = required(server::readSecret(options_.data, options_.secret));
  return options;
}

server::Limits Server::Impl::transportLimits() const {
  server::Limits limits;
  limits.urlBytes = options_.maxUrlBytes;
  limits.headerBytes = options_.maxHeaderBytes;
  limits.headerCount = options_.maxHeaderCount;
  limits.bodyBytes = options_.maxBodyBytes;
  limits.uploadBytes = options_.maxUploadBytes;
  limits.headerTime = options_.maxHeaderTime;
  limits.bodyTime = options_.maxBodyTime;
  limits.bodyBytesPerSecond = options_.minBodyRate;
  limits.answerBytesPerSecond = options_.minAnswerRate;
  limits.idleTime = options_.maxIdleTime;
  limits.requestsOfConnection = options_.maxRequestsOfConnection;
  limits.framesPerSecond = options_.maxFrameRate;
  return limits;
}

server::ConnectionLimits Server::Impl::connectionLimits() const {
  return server::ConnectionLimits({.connections = options_.maxConnections,
                                   .connectionsOfAddress = options_.maxConnectionsOfAddress,
                                   .isShared = [&proxies = service_->options().proxies](std::string_view address) {
                                     return proxies.trust(address);
                                   }});
}

// The data directory is there by now.
server::BodyStore Server::Impl::openBodies() const {
  if (options_.maxBodiesMemory < std::max(options_.maxBodyBytes, options_.maxUploadMemory))
    throw std::runtime_error("all bodies together have no less memory than one has: raise maxBodiesMemory");
  if (options_.maxUploadsDisk < options_.maxUploadBytes)
    throw std::runtime_error("all uploads together have no less of the disk than one has: raise maxUploadsDisk");
  std::error_code error;
  const auto folder = std::filesystem::absolute(options_.data) / "uploads";
  if (::mkdir(folder.c_str(), 0700) != 0 && !std::filesystem::is_directory(folder, error))
    throw std::runtime_error(folder.string() + " cannot be made: " + std::generic_category().message(errno));
  return server::BodyStore({.uploadMemory = options_.maxUploadMemory,
                            .memory = options_.maxBodiesMemory,
                            .disk = options_.maxUploadsDisk,
                            .directory = folder},
                           log_);
}

void Server::Impl::stop() {
  const std::lock_guard lock{stopping_};
  if (!running_) return;
  running_ = false;
  tellEnding();
  const FileSizeSignalBlocked blocked;
  const auto deadline = std::chrono::steady_clock::now() + options_.drain;
  // Saves that another program keeps from the disk fail while their callers can still be answered.
  objects_->giveUpBy(deadline - options_.drain / 4);
  service_->setDraining();
  // Actions first, so that their answers go out before the sockets are closed; for which is some time left.
  for (const auto& lane : lanes_) lane->loop.post([transport = lane->transport.get()] { transport->quiesce(); });
  awaitActions(deadline - std::min<loop::Duration>(options_.drain / 4, std::chrono::seconds{1}));
  awaitSockets(std::max(deadline - std::chrono::steady_clock::now(), loop::Duration::zero()));
  metrics_.reset();
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
  listeners_.clear();
  metricsListener_.reset();
  log_.tellLeftOut(true);
  log_.info("stopped");
}

// Closes what is open, on each loop; `done` is called there when nothing is.
void Server::Impl::drain(loop::Duration most, const std::function<void()>& done) {
  for (const auto& each : lanes_)
    each->loop.post([lane = each.get(), most, done] {
      if (std::exchange(lane->draining, true)) return done();
      lane->transport->drain(most, done);
    });
}

void Server::Impl::awaitSockets(loop::Duration most) {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t left = lanes_.size();
  drain(most, [&] {
    const std::lock_guard lock{mutex};
    --left;
    changed.notify_one();
  });
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return left == 0; });
}

// Actions that run come to their end, and their answers to the sockets, if that is in time.
void Server::Impl::awaitActions(std::chrono::steady_clock::time_point deadline) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable changed;
    bool idle = false;
  };
  const auto waiting = std::make_shared<Waiting>();
  service_->groups().drain([waiting] {
    const std::lock_guard lock{waiting->mutex};
    waiting->idle = true;
    waiting->changed.notify_one();
  });
  std::unique_lock lock{waiting->mutex};
  if (!waiting->changed.wait_until(lock, deadline, [&] { return waiting->idle; }))
    log_.warning("some actions were still running and were given up");
}

// On the committer's thread.
void Server::Impl::diskFailed(const std::string& reason) {
  log_.error("the disk failed, nothing more is written: " + reason);
  drain(options_.drain, [] {});
  if (options_.onStopped) options_.onStopped(reason);
  diskFailed_ = true;
  tellEnding();
}

void Server::Impl::whenEnding(std::function<void()> ending) {
  const std::lock_guard lock{endingMutex_};
  ending_ = std::move(ending);
}

void Server::Impl::tellEnding() {
  const std::lock_guard lock{endingMutex_};
  if (ending_) ending_();
}

Server::Server(std::unique_ptr<app::Site> site, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(site), std::move(options))) {}
Server::~Server() = default;
std::optional<int> Server::insteadOfServing() { return impl_->insteadOfServing(); }
void Server::start() { impl_->start(); }
void Server::stop() { impl_->stop(); }
void Server::reopenLogs() { impl_->reopenLogs(); }
std::string Server::url() const { return impl_->urls().front(); }
std::vector<std::string> Server::urls() const { return impl_->urls(); }
std::string Server::metricsUrl() const { return impl_->metricsUrl(); }
std::string Server::tlsFingerprint() const { return impl_->tlsFingerprint(); }
std::expected<void, std::string> Server::reloadCertificates() { return impl_->reloadCertificates(); }
const ServerOptions& Server::options() const { return impl_->options(); }
void Server::whenEnding(std::function<void()> ending) { impl_->whenEnding(std::move(ending)); }
bool Server::diskHasFailed() const { return impl_->diskHasFailed(); }

}  // namespace duramen
