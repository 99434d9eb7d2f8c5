#pragma once
// What the kernel says of a process, for tests and benchmarks that look at a server from outside (proc(5)).

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace duramen {

inline std::string textOfFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

inline std::filesystem::path folderOf(pid_t process) {
  return std::filesystem::path{"/proc"} / std::to_string(process);
}

// User and system time so far, in the kernel's ticks of 10 ms.
inline std::chrono::duration<double> cpuTimeOf(pid_t process) {
  const std::string stat = textOfFile(folderOf(process) / "stat");
  std::istringstream fields{stat.substr(stat.rfind(')') + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>{(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

// Memory that is its own: neither files nor shared. 0 if it has gone.
inline std::size_t ownBytesOf(pid_t process) {
  const std::string status = textOfFile(folderOf(process) / "status");
  const std::size_t at = status.find("RssAnon:");
  return at == std::string::npos ? 0 : 1024 * std::stoul(status.substr(at + 8));
}

inline std::ptrdiff_t descriptorsOf(pid_t process) {
  return std::distance(std::filesystem::directory_iterator{folderOf(process) / "fd"},
                       std::filesystem::directory_iterator{});
}

}  // namespace duramen
