#include "server/access_log.h"

#include <chrono>
#include <utility>

namespace duramen::server {

AccessLog::AccessLog(AccessFormat format, std::unique_ptr<LineSink> sink, std::size_t most)
    : thread_(
          std::move(sink),
          {.line = [format](const AccessEntry& entry) { return accessLine(entry, format); },
           .dropped =
               [format](std::uint64_t lines) { return droppedLine(lines, std::chrono::system_clock::now(), format); }},
          most) {}

}  // namespace duramen::server
