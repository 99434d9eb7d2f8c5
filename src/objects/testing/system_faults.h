#pragma once
// For tests: what a disk does to SQLite's writes. It looks system calls up in a table of the process, which this
// changes while it lives; one at a time.

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <utility>

namespace duramen::objects {

class SystemFaults {
 public:
  // `beforeWrite` is called before each write of any file: the error that it shall end with, or 0.
  explicit SystemFaults(std::function<int()> beforeWrite) {
    current() = std::move(beforeWrite);
    set("write", reinterpret_cast<sqlite3_syscall_ptr>(failingWrite));
    set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(failingPwrite));
    set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(failingPwrite));
  }
  SystemFaults(const SystemFaults&) = delete;
  SystemFaults& operator=(const SystemFaults&) = delete;
  ~SystemFaults() {
    for (const char* call : {"write", "pwrite", "pwrite64"}) set(call, nullptr);
    current() = nullptr;
  }

 private:
  static std::function<int()>& current() {
    static std::function<int()> beforeWrite;
    return beforeWrite;
  }
  static void set(const char* call, sqlite3_syscall_ptr function) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    vfs->xSetSystemCall(vfs, call, function);
  }
  static bool fails() {
    const int error = current()();
    if (error != 0) errno = error;
    return error != 0;
  }
  static ssize_t failingWrite(int file, const void* bytes, std::size_t size) {
    return fails() ? -1 : ::write(file, bytes, size);
  }
  static ssize_t failingPwrite(int file, const void* bytes, std::size_t size, off_t at) {
    return fails() ? -1 : ::pwrite(file, bytes, size, at);
  }
};

}  // namespace duramen::objects
