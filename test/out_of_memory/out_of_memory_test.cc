// A whole server in which one allocation after another fails: each costs what it was for, and never the process. The
// test's own thread always finds memory.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <new>
#include <string>

#include "base/testing/temporary_directory.h"
#include "duramen.h"
#include "duramen/html.h"
#include "wire/realtime.h"
#include "wire/websocket.h"

namespace {

thread_local bool isTest = false;
// Of the server's threads: so many allocations succeed, then so many fail. Counts down.
std::atomic<long> untilFailure = -1;
std::atomic<long> failures = 0;

void* allocated(std::size_t bytes) {
  if (!isTest && untilFailure.load(std::memory_order_relaxed) >= 0 && untilFailure.fetch_sub(1) <= 0) {
    if (failures.fetch_sub(1) > 0) {
      untilFailure = 0;
      throw std::bad_alloc();
    }
    untilFailure = -1;
  }
  void* const memory = std::malloc(bytes);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocated(bytes); }
void* operator new[](std::size_t bytes) { return allocated(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
// The analyzer takes these for a second delete.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDelete)
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(clang-analyzer-cplusplus.NewDelete)

namespace duramen {
namespace {

class Counter : public DurableObject {
 public:
  using DurableObject::DurableObject;
  int value() const { return storage().get<int>("value").value_or(0); }
  int add(int by) {
    storage().put("value", value() + by);
    return value();
  }
};
struct Env {
  Namespace<Counter> counters{"counters"};
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using TestContext = Context<Env>;

Task<int> add(TestContext& ctx, int by) { co_return co_await ctx.env.counters.at("c").call<&Counter::add>(by); }
constexpr Action<"add", add> addAction;
Task<Node> counterPage(TestContext& ctx) {
  const int value = co_await ctx.env.counters.at("c").call<&Counter::value>();
  co_return html::main(html::p("count ", value));
}
Node wholeDocument(Node page) { return html::html(html::head(html::title("Counter")), html::body(std::move(page))); }
constexpr Path<"/"> rootPath;

// A client that waits for nothing for long.
class Client {
 public:
  Client(const std::string& url, std::chrono::milliseconds patience) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::uint16_t port = 0;
    std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
    to.sin_port = htons(port);
    const timeval most{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  // What comes up to `mark` and after it; what came until the end, or for a while, if it does not come.
  std::string ask(const std::string& bytes, std::string_view mark) {
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string got;
    char some[16384];
    while (!got.contains(mark)) {
      const ssize_t size = ::recv(socket_, some, sizeof some, 0);
      if (size <= 0) break;
      got.append(some, static_cast<std::size_t>(size));
    }
    return got;
  }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

const std::string getPage = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const std::string postAction =
    "POST /?__rsc&__rsc_action_id=add HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    "Connection: close\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n[1]";
const std::string join =
    "GET /__realtime?key=/&url=/ HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

std::string call() {
  std::string frame;
  wire::appendMaskedFrame(
      frame, wire::Opcode::binary,
      wire::encodeActionRequest({.id = "add", .args = "[1]", .requestId = wire::streamId(1), .clientUrl = "/"}),
      {1, 2, 3, 4});
  return frame;
}

// A page, an action by POST, and an action over a socket; what was answered.
struct Answers {
  std::string page, posted, pushed, called;

  bool areWhole() const {
    return page.contains("count ") && posted.contains("actionResult") && pushed.contains("count ") &&
           called.contains("10000000:");
  }
};
Answers visit(const std::string& url, std::chrono::milliseconds patience) {
  Answers answers;
  answers.page = Client{url, patience}.ask(getPage, "</html>");
  answers.posted = Client{url, patience}.ask(postAction, "actionResult");
  Client socket{url, patience};
  answers.pushed = socket.ask(join, "0:{\"node\":\"$1\"}");
  if (answers.pushed.contains(" 101 ")) answers.called = socket.ask(call(), "actionResult");
  return answers;
}

// Whether as many allocations were made as it takes to fail.
bool failsAt(const std::string& url, long allocation, long failing) {
  using namespace std::chrono_literals;
  failures = failing;
  untilFailure = allocation;
  visit(url, 100ms);
  const bool failed = failures.load() < failing;
  untilFailure = -1;
  // Everything is as it was, at once or when what was given up has been tried again.
  Answers after;
  for (int i = 0; i < 10 && !after.areWhole(); ++i) after = visit(url, 5000ms);
  EXPECT_TRUE(after.areWhole()) << "after allocation " << allocation << ": " << after.page << after.posted
                                << after.pushed << after.called;
  return failed;
}

// So many in a row, at each so many places.
struct Failing {
  long allocations, every;
};

class OutOfMemory : public testing::TestWithParam<Failing> {
 protected:
  OutOfMemory() { isTest = true; }
};

TEST_P(OutOfMemory, EndsOneEventAndNeverTheServer) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.data = folder / "data";
  options.threads = 1;
  options.accessLog = AccessLogFormat::text;
  options.accessLogFile = folder / "access.log";
  Server server{defineApp<TestContext>(realtimeRoute(&Env::realtime), actions(addAction),
                                       render(wholeDocument, route(rootPath, counterPage))),
                env, options};
  server.start();
  visit(server.url(), std::chrono::seconds{5});  // what is made at first
  long allocation = 0;
  while (failsAt(server.url(), allocation, GetParam().allocations) && !HasFailure()) allocation += GetParam().every;
  EXPECT_GT(allocation, 100) << "where it failed";
  server.stop();
}

// One that fails, and some in a row: then what is kept back for such times has gone as well.
INSTANTIATE_TEST_SUITE_P(Each, OutOfMemory, testing::Values(Failing{1, 3}, Failing{5, 11}, Failing{50, 17}));

}  // namespace
}  // namespace duramen
