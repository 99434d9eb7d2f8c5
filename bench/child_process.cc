#include "child_process.h"

#include <sched.h>
#include <sys/prctl.h>
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
  const sched_param none{};
  if (options.modest) ::sched_setscheduler(0, SCHED_IDLE, &none);
  if (!options.core) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(*options.core), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
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

}  // namespace duramen::bench
