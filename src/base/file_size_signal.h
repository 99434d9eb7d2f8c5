#pragma once
// A write beyond the process' limit of file sizes (RLIMIT_FSIZE) sends SIGXFSZ to the thread that writes, which ends
// the process. Where the signal is blocked, the write fails with EFBIG instead. A handler would be the program's
// affair, a mask is the thread's own.

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace duramen {

// For a thread of the library's own, when it begins.
inline void blockFileSizeSignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// For a while, on a thread of the program's.
class FileSizeSignalBlocked {
 public:
  FileSizeSignalBlocked() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  FileSizeSignalBlocked(const FileSizeSignalBlocked&) = delete;
  FileSizeSignalBlocked& operator=(const FileSizeSignalBlocked&) = delete;
  ~FileSizeSignalBlocked() {
    if (sigismember(&before_, SIGXFSZ) == 1) return;
    const timespec none{};  // what a write of ours has raised must not be delivered now
    sigtimedwait(&set_, nullptr, &none);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace duramen
