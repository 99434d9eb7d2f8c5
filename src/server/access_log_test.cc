#include "server/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/testing/temporary_directory.h"
#include "server/test_peer.h"

namespace duramen::server {
namespace {

using test::Peer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using namespace std::chrono_literals;

AccessEntry anEntry() {
  AccessEntry entry = AccessEntry::of({.method = "GET",
                                       .path = "/note/n1",
                                       .query = "token=secret",
                                       .headers = {{"User-Agent", "curl/8"}},
                                       .address = "127.0.0.1"});
  entry.time = std::chrono::system_clock::time_point{1'764'093'083'123ms};
  entry.duration = 3217us;
  entry.status = 200;
  entry.sentBytes = 4711;
  return entry;
}

TEST(AccessLine, TellsARequest) {
  EXPECT_EQ(accessLine(anEntry(), AccessFormat::text),
            R"(127.0.0.1 - - [2025-11-25T17:51:23.123Z] "GET /note/n1?" 200 4711 "-" "curl/8" 3.217)");
  EXPECT_EQ(
      accessLine(anEntry(), AccessFormat::json),
      R"({"time":"2025-11-25T17:51:23.123Z","event":"request","client":"127.0.0.1","method":"GET","path":"/note/n1",)"
      R"("query":true,"status":200,"sentBytes":4711,"ms":3.217,"userAgent":"curl/8"})");
}

TEST(AccessLine, TellsTheEndOfASocket) {
  AccessEntry entry = anEntry();
  entry.kind = AccessEntry::Kind::close;
  entry.status = 1001;
  entry.receivedMessages = 3;
  entry.sentMessages = 7;
  entry.receivedBytes = 120;
  EXPECT_EQ(accessLine(entry, AccessFormat::text),
            R"(127.0.0.1 - - [2025-11-25T17:51:23.123Z] "CLOSE /note/n1?" 1001 4711 "-" "curl/8" 3.217)"
            R"( messages=3/7 received=120)");
  EXPECT_THAT(
      accessLine(entry, AccessFormat::json),
      HasSubstr(
          R"("event":"close",)"
          R"("client":"127.0.0.1","method":"GET","path":"/note/n1","query":true,"code":1001,"receivedMessages":3,)"
          R"("sentMessages":7,"receivedBytes":120,"sentBytes":4711)"));
}

TEST(AccessLine, TellsWhatWasNotAnswered) {
  AccessEntry entry = AccessEntry::of({});
  entry.broken = true;
  EXPECT_EQ(accessLine(entry, AccessFormat::text),
            R"(- - - [1970-01-01T00:00:00.000Z] "- -" - 0 "-" "-" 0.000 broken)");
  EXPECT_THAT(accessLine(entry, AccessFormat::json),
              testing::AllOf(HasSubstr("\"broken\":true"), testing::Not(HasSubstr("status"))));
}

TEST(AccessLine, CannotBeForged) {
  AccessEntry entry = AccessEntry::of({.method = "GET\n",
                                       .path = "/a\" 200\r\n127.0.0.1 \\ \xff\x1b[2J\x7f",
                                       .headers = {{"user-agent", "x\",\"status\":500,\"y\":\"\xc3\xa9\n"}},
                                       .address = "1\n2"});
  EXPECT_THAT(accessLine(entry, AccessFormat::text),
              HasSubstr(R"("GET\x0a /a\x22 200\x0d\x0a127.0.0.1 \x5c \xff\x1b[2J\x7f" - 0 "-" "x\x22,\x22status)"));
  const std::string json = accessLine(entry, AccessFormat::json);
  for (const std::string& line : {accessLine(entry, AccessFormat::text), json})
    for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
  const auto parsed = boost::json::parse(json).as_object();
  EXPECT_FALSE(parsed.contains("status"));
  // Each byte is a character of its own.
  EXPECT_EQ(parsed.at("userAgent").as_string(), "x\",\"status\":500,\"y\":\"\u00c3\u00a9\n");
}

TEST(AccessLine, IsBounded) {
  const std::string endless(20'000, '"');
  const AccessEntry entry = AccessEntry::of({.method = endless, .path = endless, .headers = {{"User-Agent", endless}}});
  EXPECT_LT(accessLine(entry, AccessFormat::json).size(), 9'000u);
}

// What a log writes to in tests: it holds the lines up for as long as the test wants.
class HeldSink final : public LineSink {
 public:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
    bool waits = false;
    bool fails = false;
    std::string lines;
  };
  explicit HeldSink(State& state) : state_(state) {}
  bool write(std::string_view lines) override {
    std::unique_lock lock{state_.mutex};
    state_.waits = true;
    state_.changed.notify_all();
    state_.changed.wait(lock, [&] { return !state_.held; });
    state_.waits = false;
    if (!state_.fails) state_.lines += lines;
    return !state_.fails;
  }

 private:
  State& state_;
};

TEST(AccessLog, CountsWhatDoesNotFitAndSaysSo) {
  HeldSink::State state;
  state.held = true;
  {
    AccessLog log{AccessFormat::json, std::make_unique<HeldSink>(state), 2};
    log.add(anEntry());
    {
      std::unique_lock lock{state.mutex};
      ASSERT_TRUE(state.changed.wait_for(lock, test::patience, [&] { return state.waits; }));
    }
    for (int i = 0; i < 5; ++i) log.add(anEntry());  // two fit
    EXPECT_EQ(log.dropped(), 3u);
    const std::lock_guard lock{state.mutex};
    state.held = false;
    state.changed.notify_all();
  }
  std::istringstream lines{state.lines};
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = boost::json::parse(line).as_object();
    events.emplace_back(parsed.at("event").as_string());
    if (events.back() == "dropped") EXPECT_EQ(parsed.at("lines"), 3);
  }
  EXPECT_THAT(events, ElementsAre("request", "request", "request", "dropped"));
  EXPECT_THAT(droppedLine(3, {}, AccessFormat::text), "# 1970-01-01T00:00:00.000Z 3 lines dropped");
}

TEST(AccessLog, CountsWhatCouldNotBeWritten) {
  HeldSink::State state;
  state.fails = true;
  AccessLog log{AccessFormat::text, std::make_unique<HeldSink>(state)};
  log.add(anEntry());
  const auto deadline = std::chrono::steady_clock::now() + test::patience;
  while (log.dropped() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(log.dropped(), 1u);
}

TEST(AccessLog, SaysOnceThatTheDiskFailed) {
  std::mutex mutex;
  std::vector<std::string> said;
  const Log errors{[&](LogLevel, std::string_view text) {
    const std::lock_guard lock{mutex};
    said.emplace_back(text);
  }};
  AccessLog log{AccessFormat::text, openSink("/dev/full", errors).value()};
  for (std::uint64_t count = 1; count <= 3; ++count) {
    log.add(anEntry());
    const auto deadline = std::chrono::steady_clock::now() + test::patience;
    while (log.dropped() < count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(log.dropped(), count);
  }
  const std::lock_guard lock{mutex};
  EXPECT_THAT(said, ElementsAre("cannot write the access log /dev/full: No space left on device"));
}

std::string textOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

TEST(AccessLog, GoesOnInTheFileOfItsNameAfterThatWasMovedAway) {
  const TemporaryDirectory folder;
  const std::string file = folder / "access.log";
  const std::string moved = folder / "access.log.1";
  {
    AccessLog log{AccessFormat::text, openSink(file, {}).value()};
    log.add(anEntry());
    const auto deadline = std::chrono::steady_clock::now() + test::patience;
    while (textOf(file).empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    std::filesystem::rename(file, moved);
    log.reopen();
    log.add(anEntry());
    log.add(anEntry());
  }
  EXPECT_EQ(std::ranges::count(textOf(moved), '\n'), 1);
  EXPECT_EQ(std::ranges::count(textOf(file), '\n'), 2);
  struct stat about{};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & S_IROTH, 0u);
}

TEST(AccessLog, AFileThatCannotBeWrittenIsASentence) {
  const TemporaryDirectory folder;
  EXPECT_EQ(openSink(folder / "none/access.log", {}).error(),
            "cannot write the access log " + folder / "none/access.log" + ": No such file or directory");
}

// A server whose log the test reads when the server has gone.
class LoggedServer {
 public:
  explicit LoggedServer(const Limits& limits = {}, ConnectionLimitOptions places = {})
      : server_(std::make_unique<test::TestServer>(limits, std::move(places), log_.get())) {}

  test::TestServer& operator*() { return *server_; }
  test::TestServer* operator->() { return server_.get(); }
  // The lines without their times and durations.
  std::vector<std::string> lines() {
    server_.reset();
    log_.reset();
    std::istringstream text{state_.lines};
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);) {
      EXPECT_THAT(line, MatchesRegex(".* \\[....-..-..T..:..:..\\....Z\\] .* [0-9]+\\.[0-9][0-9][0-9].*"));
      const auto open = line.find('['), close = line.find(']');
      line.erase(open, close - open + 2);
      const auto quote = line.rfind('"');
      const auto end = std::min(line.find(' ', quote + 2), line.size());
      line.erase(quote + 1, end - quote - 1);
      out.push_back(std::move(line));
    }
    return out;
  }

 private:
  HeldSink::State state_;
  std::unique_ptr<AccessLog> log_ = std::make_unique<AccessLog>(AccessFormat::text, std::make_unique<HeldSink>(state_));
  std::unique_ptr<test::TestServer> server_;
};

std::string length(const Peer::Answer& answer) { return std::to_string(answer.head.size() + answer.body.size()); }

TEST(AccessLogOfAServer, HasALineForEachAnswer) {
  LoggedServer server;
  std::vector<std::string> expected;
  {
    Peer peer{server->address()};
    peer.send("GET /a%20b?key=secret HTTP/1.1\r\nHost: h\r\nUser-Agent: robot\"1\r\n\r\n");
    expected.push_back(R"(127.0.0.1 - - "GET /a%20b?" 200 )" + length(peer.readAnswer()) + R"( "-" "robot\x221")");
    peer.send("HEAD /static HTTP/1.1\r\nHost: h\r\n\r\n");
    expected.push_back(R"(127.0.0.1 - - "HEAD /static" 200 )" + length(peer.readAnswer(true)) + R"( "-" "-")");
    expected.push_back(R"(127.0.0.1 - - "GET /throw" 500 )" + length(peer.get("/throw")) + R"( "-" "-")");
    peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string streamed = peer.readUntil("\r\n\r\n");
    server->run([&] { server->handler.made->add("late", true); });
    streamed += peer.readUntil("\r\n0\r\n\r\n");
    expected.push_back(R"(127.0.0.1 - - "GET /stream" 200 )" + std::to_string(streamed.size()) + R"( "-" "-")");
  }
  EXPECT_EQ(server.lines(), expected);
}

TEST(AccessLogOfAServer, HasALineForEachRefusal) {
  LoggedServer server{{.headerBytes = 512, .bodyBytes = 10}};
  std::vector<std::string> expected;
  const auto refused = [&](const std::string& bytes, const std::string& shown) {
    Peer peer{server->address()};
    peer.send(bytes);
    expected.push_back("127.0.0.1 - - " + shown + ' ' + length(peer.readAnswer()) + R"( "-" "-")");
  };
  refused("GET /\xff\"x HTTP/1.1\r\nHost: h\r\n\r\n", R"("- -" 400)");
  refused("\x16\x03 what\r\n\r\n", R"("- -" 400)");
  refused("POST /x?y HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", R"("POST /x?" 413)");
  refused("GET /x HTTP/1.1\r\nHost: h\r\nA: " + std::string(600, 'a'), R"("GET /x" 431)");
  refused("PUT /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",
          R"("PUT /x" 400)");
  EXPECT_EQ(server.lines(), expected);
}

TEST(AccessLogOfAServer, TellsOfARequestThatWasNotWholeInTime) {
  LoggedServer server{{.bodyTime = 20ms}};
  std::string bytes;
  {
    Peer peer{server->address()};
    peer.send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
    bytes = length(peer.readAnswer());
  }
  EXPECT_THAT(server.lines(), ElementsAre(R"(127.0.0.1 - - "POST /slow" 408 )" + bytes + R"( "-" "-")"));
}

TEST(AccessLogOfAServer, TellsOfConnectionsAboveTheLimit) {
  LoggedServer server{{}, {.connections = 1}};
  std::string first, second;
  {
    Peer one{server->address()};
    first = length(one.get("/"));
    Peer two{server->address()};
    second = length(two.get("/"));
  }
  EXPECT_THAT(server.lines(), ElementsAre(R"(127.0.0.1 - - "GET /" 200 )" + first + R"( "-" "-")",
                                          R"(127.0.0.1 - - "- -" 503 )" + second + R"( "-" "-")"));
}

TEST(AccessLogOfAServer, TellsOfClientsThatWent) {
  LoggedServer server;
  {
    Peer unanswered{server->address()};
    unanswered.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    unanswered.readUntil("\r\n\r\n");
    unanswered.reset();
    const auto deadline = std::chrono::steady_clock::now() + test::patience;
    while (!server->run([&] {
      server->handler.made->add("more");
      return server->handler.made->gone;
    }) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
  }
  EXPECT_THAT(server.lines(),
              ElementsAre(MatchesRegex(R"re(127\.0\.0\.1 - - "GET /stream" 200 [0-9]+ "-" "-" broken)re")));
}

TEST(AccessLogOfAServer, TellsOfAnAnswerThatNeverCame) {
  LoggedServer server;
  Peer peer{server->address()};
  peer.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  server->handler.await("later");
  std::promise<void> done;
  server->run([&] { server->transport.drain(1ms, [&] { done.set_value(); }); });
  done.get_future().wait();
  EXPECT_THAT(server.lines(), ElementsAre(R"(127.0.0.1 - - "GET /later" - 0 "-" "-" broken)"));
}

TEST(AccessLogOfAServer, HasALineForTheBeginningAndOneForTheEndOfASocket) {
  LoggedServer server;
  std::string bytes;
  {
    Peer refused{server->address()};
    refused.sendUpgrade("/refused");
    EXPECT_EQ(refused.readAnswer().status, 403);
    Peer peer{server->address()};
    peer.sendUpgrade("/socket?key=/secret");
    bytes = length(peer.readAnswer());
    peer.sendFrame(wire::Opcode::binary, "hello");
    EXPECT_EQ(peer.readFrame().payload, "hello");
    peer.sendFrame(wire::Opcode::ping, "");
    EXPECT_EQ(peer.readFrame().opcode, wire::Opcode::pong);
    peer.sendFrame(wire::Opcode::close, std::string("\x03\xe9", 2));
    EXPECT_EQ(peer.readFrame().opcode, wire::Opcode::close);
    server->handler.await("closed");
  }
  EXPECT_THAT(
      server.lines(),
      ElementsAre(MatchesRegex(R"re(127\.0\.0\.1 - - "GET /refused" 403 [0-9]+ "-" "-")re"),
                  R"(127.0.0.1 - - "GET /socket?" 101 )" + bytes + R"( "-" "-")",
                  // A message of 5 bytes and a pong went out; those, a ping and a close came in, with their masks.
                  R"(127.0.0.1 - - "CLOSE /socket?" 1001 9 "-" "-" messages=1/1 received=25)"));
}

}  // namespace
}  // namespace duramen::server
