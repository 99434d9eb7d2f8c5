#include "server/stderr_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>

#include "base/file_descriptor.h"
#include "server/log_thread.h"

namespace duramen::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using namespace std::chrono_literals;

constexpr std::chrono::seconds patience{20};

// A pipe as standard error is one: a sink that writes into it, and the end that somebody reads.
struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader = FileDescriptor{ends[0]};
    sink = openSink("/dev/fd/" + std::to_string(ends[1]), {}).value();
    ::close(ends[1]);
  }
  std::string readAll() const {
    std::string all;
    std::array<char, 65536> buffer{};
    for (ssize_t got = 0; (got = ::read(reader.get(), buffer.data(), buffer.size())) > 0;)
      all.append(buffer.data(), static_cast<std::size_t>(got));
    return all;
  }
  FileDescriptor reader;
  std::unique_ptr<LineSink> sink;
};

LogThread<std::string>::Format plainFormat() {
  return {.line = [](const std::string& text) { return text; },
          .dropped = [](std::uint64_t lines) { return std::to_string(lines) + " dropped"; }};
}

TEST(LogLine, NamesTimeAndLevel) {
  EXPECT_THAT(logLine(std::chrono::system_clock::time_point{1'764'093'083'007ms}, LogLevel::warning, "a b"),
              MatchesRegex(R"(2025-11-2[56]T[0-9][0-9]:51:23\.007 warning a b)"));
  EXPECT_THAT(logLine({}, LogLevel::error, "a", true), HasSubstr("\x1b[31m\x1b[1merror\x1b[m a"));
}

TEST(ThreadedLog, WritesLinesInOrderAndLeavesOutWhatIsBelowItsLevel) {
  Pipe pipe;
  {
    const auto log = threadedLog(std::move(pipe.sink), LogLevel::info);
    log(LogLevel::info, "one");
    log(LogLevel::debug, "no");
    log(LogLevel::error, "two\nthree");
  }
  EXPECT_THAT(pipe.readAll(), MatchesRegex("[^\n]* info one\n[^\n]* error two.x0athree\n"));
}

TEST(ThreadedLog, AFatalLineIsWrittenBeforeTheCallReturns) {
  Pipe pipe;
  const auto log = threadedLog(std::move(pipe.sink), LogLevel::info);
  log(LogLevel::fatal, "the end");
  pollfd ready{.fd = pipe.reader.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 1);
}

TEST(LogThread, AReaderThatStallsHoldsUpNobodyAndCostsLinesThatAreCounted) {
  Pipe pipe;
  const std::string line(1000, 'a');
  std::uint64_t dropped = 0;
  {
    LogThread<std::string> log{std::move(pipe.sink), plainFormat(), 100, 1ms};
    for (int i = 0; i < 10'000; ++i) log.add(line);  // a pipe takes 64 of them
    dropped = log.dropped();
    EXPECT_GT(dropped, 9'000U);
  }
  // The end did not wait for the reader either. When he is back, he gets the rest, and how many are missing.
  std::istringstream all{pipe.readAll()};
  std::uint64_t lines = 0, told = 0;
  for (std::string text; std::getline(all, text);)
    if (text == line)
      ++lines;
    else
      told += std::stoull(text);
  EXPECT_EQ(lines + dropped, 10'000U);
  EXPECT_EQ(told, dropped);
}

TEST(LogThread, AReaderThatHasGoneEndsNoProgram) {
  Pipe pipe;
  LogThread<std::string> log{std::move(pipe.sink), plainFormat(), 100};
  pipe.reader = FileDescriptor{};
  ASSERT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);  // as a program has it that did nothing about it
  log.add("nobody reads this");
  EXPECT_TRUE(log.flush(patience));
  EXPECT_EQ(log.dropped(), 1U);
}

TEST(LogThread, TakesNoSignalsOfTheProgram) {
  struct MaskSink final : LineSink {
    explicit MaskSink(sigset_t& to) : mask(to) {}
    bool write(std::string_view) override { return pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0; }
    sigset_t& mask;
  };
  sigset_t before{};
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  sigset_t mask{};
  {
    LogThread<std::string> log{std::make_unique<MaskSink>(mask), plainFormat(), 100};
    log.add("a");
  }
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1}) EXPECT_EQ(sigismember(&mask, signal), 1);
  sigset_t after{};
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

}  // namespace
}  // namespace duramen::server
