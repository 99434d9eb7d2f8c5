// What is left of a server whose process may open no more descriptors.

#include <sys/resource.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "server/test_peer.h"
#include "server/transport_metrics.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::TestServer;

// While it lives, the process opens no descriptor of this number or above.
class DescriptorsBelow {
 public:
  explicit DescriptorsBelow(int number) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(number);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  DescriptorsBelow(const DescriptorsBelow&) = delete;
  DescriptorsBelow& operator=(const DescriptorsBelow&) = delete;
  ~DescriptorsBelow() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Below it are standard input, output and error only. (poll() takes no more descriptors than it.)
constexpr int firstOwn = 3;

int lowestFree() {
  const int lowest = ::dup(STDERR_FILENO);
  ::close(lowest);
  return lowest;
}

// A server with one connection, and clients that have their descriptors and may connect later.
struct Scene {
  Scene() {
    EXPECT_EQ(old.get("/").status, 200);
    // UBSan takes descriptors of its own when it sees a type for the first time: here it sees those that come later.
    EXPECT_FALSE(std::generic_category().message(EMFILE).empty());
    std::promise<void> fired;
    loop::Timer timer;
    server.run([&] { timer = server.loop.after(1ms, [&] { fired.set_value(); }); });
    fired.get_future().wait();
    server.run([&] { timer.reset(); });
    EXPECT_EQ(failedAccepts(), 0U);
  }
  const TransportMetrics& metrics() { return server.transport.metrics(); }
  std::uint64_t failedAccepts() {
    return server.run([&] { return metrics().failedAccepts.value(); });
  }

  TestServer server;
  Peer old{server.address()};
  std::vector<Peer> others = std::vector<Peer>(30);
};

TEST(TransportWithoutDescriptors, NewConnectionsAreClosedAndTheOthersServed) {
  Scene scene;
  const DescriptorsBelow limit{lowestFree()};
  for (Peer& other : scene.others) {
    other.connect(scene.server.address());
    EXPECT_EQ(other.readAll(), "");
    EXPECT_EQ(scene.old.get("/").status, 200);
  }
  EXPECT_EQ(scene.metrics().rejectedForDescriptors.value(), scene.others.size());
  EXPECT_EQ(scene.metrics().rejectedAboveLimit.value(), 0U);
  EXPECT_EQ(scene.metrics().acceptedConnections.value(), 1U);
}

// The loop turns a thousand times, and each wake-up of the listener's costs two accepts: one that finds a connection
// and one that finds none.
TEST(TransportWithoutDescriptors, NothingIsTriedWhileNobodyComes) {
  Scene scene;
  const DescriptorsBelow limit{lowestFree()};
  for (Peer& other : scene.others) {
    other.connect(scene.server.address());
    other.readAll();
  }
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(scene.old.get("/").status, 200);
  EXPECT_LE(scene.failedAccepts(), 2 * scene.others.size());
}

TEST(TransportWithoutDescriptors, TheLogSaysSoOnceInAWhile) {
  Scene scene;
  const auto start = scene.server.loop.now();
  const DescriptorsBelow limit{lowestFree()};
  for (Peer& other : scene.others) {
    other.connect(scene.server.address());
    other.readAll();
  }
  const std::string logged = scene.server.logged();
  EXPECT_TRUE(logged.contains("connections are refused: Too many open files")) << logged;
  EXPECT_LE(std::ranges::count(logged, '\n'), 1 + (scene.server.loop.now() - start) / 10s) << logged;
}

TEST(TransportWithoutDescriptors, NewConnectionsAreServedWhenThereAreSomeAgain) {
  Scene scene;
  {
    const DescriptorsBelow limit{lowestFree()};
    scene.others[0].connect(scene.server.address());
    EXPECT_EQ(scene.others[0].readAll(), "");
  }
  scene.others[1].connect(scene.server.address());
  EXPECT_EQ(scene.others[1].get("/").status, 200);
}

// The reserve cannot be opened again, as if somebody else had taken it: then accepting rests.
TEST(TransportWithoutDescriptors, ConnectionsWaitWhereTheyCannotBeRefused) {
  Scene scene;
  Peer& waiting = scene.others[0];
  const auto start = scene.server.loop.now();
  {
    const DescriptorsBelow limit{firstOwn};
    waiting.connect(scene.server.address());
    waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (scene.failedAccepts() < 3 && scene.server.loop.now() - start < test::patience)
      EXPECT_EQ(scene.old.get("/").status, 200);
    EXPECT_GE(scene.failedAccepts(), 3U);  // it is tried again
    EXPECT_LE(scene.failedAccepts(), 1U + static_cast<std::uint64_t>((scene.server.loop.now() - start) / 100ms));
    EXPECT_EQ(scene.metrics().rejectedForDescriptors.value(), 0U);
    EXPECT_TRUE(scene.server.logged().contains("cannot accept connections for the moment: Too many open files"));
  }
  EXPECT_EQ(waiting.readAnswer().status, 200);
}

TEST(TransportWithoutDescriptors, ItsReserveComesBackBeforeANewConnection) {
  Scene scene;
  {
    const DescriptorsBelow limit{firstOwn};
    scene.others[0].connect(scene.server.address());
    const auto start = scene.server.loop.now();
    while (scene.failedAccepts() == 0 && scene.server.loop.now() - start < test::patience) std::this_thread::yield();
  }
  EXPECT_EQ(scene.others[0].get("/").status, 200);
  const DescriptorsBelow limit{lowestFree()};
  scene.others[1].connect(scene.server.address());
  EXPECT_EQ(scene.others[1].readAll(), "");
}

}  // namespace
}  // namespace duramen::server
