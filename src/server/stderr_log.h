#pragma once
// The log on standard error that ServerOptions::fromArgs makes.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "duramen/log_level.h"
#include "server/line_sink.h"

namespace duramen::server {

// A log of what is at least `least`, whose lines a thread of its own writes. Copies share that thread; it goes with the
// last of them, when what is queued is written.
//
// Its queue holds 1,024 lines of at most about 4 KiB. A fatal line is waited for, a second at most.
std::function<void(LogLevel, std::string_view)> threadedLog(std::unique_ptr<LineSink> sink, LogLevel least,
                                                            bool colours = false);
// The same on standard error, in colours if that is a terminal.
std::function<void(LogLevel, std::string_view)> stderrLog(LogLevel least);

// "2026-11-30T21:12:49.123 warning the disk is full": local time, as people who read logs live in it.
std::string logLine(std::chrono::system_clock::time_point time, LogLevel level, std::string_view text,
                    bool colours = false);

}  // namespace duramen::server
