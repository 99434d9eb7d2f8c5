#pragma once
// For tests: what a disk does to SQLite's writes and reads. It looks system calls up in a table of the process, which
// this changes while it lives; one at a time.

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <utility>

namespace duramen::objects {

class SystemFaults {
 public:
  // `beforeWrite` is called before each write of any file: the error that it shall end with, or 0. Likewise
  // `beforeRead`.
  explicit SystemFaults(std::function<int()> beforeWrite, std::function<int()> beforeRead = [] { return 0; }) {
    writing() = std::move(beforeWrite);
    reading() = std::move(beforeRead);
    set("write", reinterpret_cast<sqlite3_syscall_ptr>(failingWrite));
    set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(failingPwrite));
    set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(failingPwrite));
    set("read", reinterpret_cast<sqlite3_syscall_ptr>(failingRead));
    set("pread", reinterpret_cast<sqlite3_syscall_ptr>(failingPread));
    set("pread64", reinterpret_cast<sqlite3_syscall_ptr>(failingPread));
  }
  SystemFaults(const SystemFaults&) = delete;
  SystemFaults& operator=(const SystemFaults&) = delete;
  ~SystemFaults() {
    for (const char* call : {"write", "pwrite", "pwrite64", "read", "pread", "pread64"}) set(call, nullptr);
    writing() = reading() = nullptr;
  }

 private:
  static std::function<int()>& writing() {
    static std::function<int()> before;
    return before;
  }
  static std::function<int()>& reading() {
    static std::function<int()> before;
    return before;
  }
  static void set(const char* call, sqlite3_syscall_ptr function) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    vfs->xSetSystemCall(vfs, call, function);
  }
  static bool fails(const std::function<int()>& before) {
    const int error = before();
    if (error != 0) errno = error;
    return error != 0;
  }
  static ssize_t failingWrite(int file, const void* bytes, std::size_t size) {
    return fails(writing()) ? -1 : ::write(file, bytes, size);
  }
  static ssize_t failingPwrite(int file, const void* bytes, std::size_t size, off_t at) {
    return fails(writing()) ? -1 : ::pwrite(file, bytes, size, at);
  }
  static ssize_t failingRead(int file, void* bytes, std::size_t size) {
    return fails(reading()) ? -1 : ::read(file, bytes, size);
  }
  static ssize_t failingPread(int file, void* bytes, std::size_t size, off_t at) {
    return fails(reading()) ? -1 : ::pread(file, bytes, size, at);
  }
};

}  // namespace duramen::objects
