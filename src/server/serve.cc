#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/descriptor_limit.h"
#include "base/log.h"
#include "duramen/server.h"

namespace duramen::app {
namespace {

constexpr int diskFailed = 74;  // EX_IOERR of sysexits.h

// The thread that waits for signals; there is one such wait in a process.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a signal handler reaches nothing else
std::atomic<pid_t> receiver = 0;
static_assert(std::atomic<pid_t>::is_always_lock_free);

// A thread of the program's that does not keep the signal from itself hands it on.
void handOn(int signal) {
  const int before = errno;
  if (const pid_t waiting = receiver) tgkill(getpid(), waiting, signal);
  errno = before;
}

// SIGINT, SIGTERM and SIGHUP, wherever in the process they arrive while this lives, waited for by one thread.
class Signals {
 public:
  Signals() {
    pid_t nobody = 0;
    if (!receiver.compare_exchange_strong(nobody, waiter_))
      throw std::logic_error("one server of a process waits for signals at a time: start() and stop() the others");
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    struct sigaction handing{};
    handing.sa_handler = handOn;
    handing.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < handled.size(); ++i) sigaction(handled[i], &handing, &actions_[i]);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    for (std::size_t i = 0; i < handled.size(); ++i) sigaction(handled[i], &actions_[i], nullptr);
    // An interrupt that came when nobody waited any more.
    sigset_t interrupts;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGUSR1);
    const timespec now{};
    while (sigtimedwait(&interrupts, nullptr, &now) > 0) continue;
    receiver = 0;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  int wait() {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }
  // Ends wait() from another thread.
  void interrupt() const { tgkill(getpid(), waiter_, SIGUSR1); }

  // While it lives, another SIGINT or SIGTERM ends the process at once: what was acknowledged is on disk.
  class Impatience {
   public:
    explicit Impatience(Signals& signals)
        : signals_(signals), waiter_([&signals] {
            receiver = gettid();
            int signal = SIGHUP;
            while (signal == SIGHUP) signal = signals.wait();
            if (signal != SIGUSR1) std::_Exit(128 + signal);
          }) {}
    Impatience(const Impatience&) = delete;
    Impatience& operator=(const Impatience&) = delete;
    ~Impatience() {
      pthread_kill(waiter_.native_handle(), SIGUSR1);
      waiter_.join();
      receiver = signals_.waiter_;
    }

   private:
    Signals& signals_;
    std::thread waiter_;
  };

 private:
  static constexpr std::array handled{SIGINT, SIGTERM, SIGHUP};
  sigset_t set_{};
  sigset_t before_{};
  std::array<struct sigaction, handled.size()> actions_{};
  const pid_t waiter_ = gettid();
};

}  // namespace

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

namespace duramen {

int Server::run() {
  if (const auto status = insteadOfServing()) return *status;
  raiseDescriptorLimit();
  app::Signals signals;
  struct Ending {
    Server& server;
    ~Ending() { server.whenEnding(nullptr); }
  };
  const Ending ending{*this};
  whenEnding([&signals] { signals.interrupt(); });
  const Log log{options().log};
  try {
    start();
    for (const std::string& url : urls()) std::cout << "listening on " << url << std::endl;
    if (const std::string fingerprint = tlsFingerprint(); options().tlsSelfSigned)
      std::cout << "the certificate is self-signed, its fingerprint (SHA-256): " << fingerprint << std::endl;
    int signal = signals.wait();
    for (; signal == SIGHUP; signal = signals.wait()) {
      reopenLogs();
      if (tlsFingerprint().empty()) continue;
      const auto reloaded = reloadCertificates();
      if (reloaded)
        log.info("the certificate was read again");
      else
        log.error(reloaded.error() + ": nothing changes");
    }
    const app::Signals::Impatience impatience{signals};
    if (signal == SIGINT) log.info("interrupted: stopping");
    if (signal == SIGTERM) log.info("asked to end: stopping");
    stop();
  } catch (const std::exception& error) {
    if (options().log)
      log.error(error.what());
    else
      std::cerr << error.what() << '\n';
    return 1;
  }
  return diskHasFailed() ? app::diskFailed : 0;
}

}  // namespace duramen
