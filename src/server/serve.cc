#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <thread>

#include "base/descriptor_limit.h"
#include "duramen/server.h"

namespace duramen::app {
namespace {

constexpr int diskFailed = 74;  // EX_IOERR of sysexits.h

// SIGINT, SIGTERM and SIGHUP, kept from all threads that begin while this lives, and waited for by one.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  int wait() {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }
  // Ends wait() from another thread.
  void interrupt() { pthread_kill(waiter_, SIGUSR1); }

  // While it lives, another SIGINT or SIGTERM ends the process at once: what was acknowledged is on disk.
  class Impatience {
   public:
    explicit Impatience(Signals& signals)
        : waiter_([&signals] {
            int signal = SIGHUP;
            while (signal == SIGHUP) signal = signals.wait();
            if (signal != SIGUSR1) std::_Exit(128 + signal);
          }) {}
    Impatience(const Impatience&) = delete;
    Impatience& operator=(const Impatience&) = delete;
    ~Impatience() {
      pthread_kill(waiter_.native_handle(), SIGUSR1);
      waiter_.join();
    }

   private:
    std::thread waiter_;
  };

 private:
  sigset_t set_{};
  sigset_t before_{};
  pthread_t waiter_ = pthread_self();
};

}  // namespace

int serveUntilSignal(std::unique_ptr<Site> site, ServerOptions options) {
  if (options.exitStatus) return *options.exitStatus;
  raiseDescriptorLimit();
  Signals signals;
  std::atomic<bool> failed = false;
  const auto toHost = std::move(options.onStopped);
  options.onStopped = [&, toHost](std::string reason) {
    if (toHost) toHost(std::move(reason));
    failed = true;
    signals.interrupt();
  };
  const auto log = options.log;
  const bool selfSigned = options.tlsSelfSigned;
  const auto say = [&](LogLevel level, std::string_view text) {
    if (log) log(level, text);
  };
  try {
    Server server{std::move(site), std::move(options)};
    server.start();
    for (const std::string& url : server.urls()) std::cout << "listening on " << url << std::endl;
    if (const std::string fingerprint = server.tlsFingerprint(); selfSigned)
      std::cout << "the certificate is self-signed, its fingerprint (SHA-256): " << fingerprint << std::endl;
    int signal = signals.wait();
    for (; signal == SIGHUP; signal = signals.wait()) {
      server.reopenLogs();
      if (server.tlsFingerprint().empty()) continue;
      const auto reloaded = server.reloadCertificates();
      say(reloaded ? LogLevel::info : LogLevel::error,
          reloaded ? "the certificate was read again" : reloaded.error() + ": nothing changes");
    }
    const Signals::Impatience impatience{signals};
    if (!failed) say(LogLevel::info, signal == SIGINT ? "interrupted: stopping" : "asked to end: stopping");
    server.stop();
  } catch (const std::exception& error) {
    if (log)
      say(LogLevel::error, error.what());
    else
      std::cerr << error.what() << '\n';
    return 1;
  }
  return failed ? diskFailed : 0;
}

int writeTypesTo(const std::string& folder, const std::string& types) {
  const auto file = std::filesystem::path{folder} / "app.d.ts";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    std::cerr << "cannot make " << folder << " for the types: " << error.message() << '\n';
    return 1;
  }
  std::ostringstream before;
  before << std::ifstream{file, std::ios::binary}.rdbuf();
  if (before.view() == types) return 0;
  errno = 0;
  std::ofstream out{file, std::ios::binary};
  out << types;
  out.close();
  if (out) return 0;
  std::cerr << "cannot write " << file.string() << ": " << std::generic_category().message(errno) << '\n';
  return 1;
}

}  // namespace duramen::app
