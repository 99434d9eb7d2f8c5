#include "child_process.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <stdexcept>

#include "base/testing/process_figures.h"

namespace duramen::bench {
namespace {

void apply(const ChildProcess::Options& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (options.modest) ::setpriority(PRIO_PROCESS, 0, 19);
  if (!options.core) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(*options.core), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void()>& run, const Options& options) : id_(::fork()) {
  if (id_ < 0) throw std::runtime_error("no process more is possible");
  if (id_ > 0) return;
  apply(options);
  try {
    run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "a process of the benchmark gives up: %s\n", error.what());
    std::_Exit(1);
  }
  std::_Exit(0);
}

ChildProcess::~ChildProcess() {
  ::kill(id_, SIGTERM);
  ::waitpid(id_, nullptr, 0);
}

std::chrono::duration<double> ChildProcess::cpuTime() const {
  std::chrono::duration<double> all = cpuTimeOf(id_);
  std::istringstream children{textOfFile(folderOf(id_) / "task" / std::to_string(id_) / "children")};
  for (pid_t each = 0; children >> each;) all += cpuTimeOf(each);
  return all;
}

std::size_t ChildProcess::ownBytes() const { return ownBytesOf(id_); }

std::uint16_t freePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

int connectTo(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

void awaitListener(std::uint16_t port) {
  for (int tries = 0;; ++tries) {
    const int descriptor = connectTo(port);
    if (descriptor >= 0) {
      ::close(descriptor);
      return;
    }
    if (tries > 500) throw std::runtime_error("a server does not come up");
    ::usleep(10'000);
  }
}

}  // namespace duramen::bench
