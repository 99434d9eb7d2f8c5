#pragma once
// A thread that takes no signals, from its first moment on: those for the process go to threads of the program's, and
// the SIGPIPE of a write of its own stays pending, so that write() fails with EPIPE and the program does not end. The
// program's handling of signals is left alone.

#include <csignal>
#include <thread>
#include <utility>

namespace duramen::server {

template <class Run>
std::thread quietThread(Run run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::move(run)};  // inherits the mask
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace duramen::server
