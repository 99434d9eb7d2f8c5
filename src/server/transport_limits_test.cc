// What bounds a connection's time and number, and what is left of many that are slow, or open and vanish.

#include <filesystem>
#include <thread>

#include "server/connection.h"
#include "server/test_peer.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::TestServer;

// A server whose time limits are far away, but for one.
Limits farBut() {
  return {.headerTime = test::patience * 2,
          .bodyTime = test::patience * 2,
          .bodyBytesPerSecond = 1,
          .bodyRateAfter = test::patience * 2,
          .idleTime = test::patience * 2,
          .answerRateAfter = test::patience * 2};
}
Limits shortHeader() {
  Limits limits = farBut();
  limits.headerTime = 100ms;
  return limits;
}
Limits shortBody() {
  Limits limits = farBut();
  limits.bodyTime = 100ms;
  return limits;
}

const std::string startOfBody = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel";

TEST(TransportLimits, AHeaderThatIsNotWholeInTimeIsAnswered408) {
  TestServer server{shortHeader()};
  Peer peer{server.address()};
  peer.send("GET / HTTP/1.1\r\nHost: h");
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body, "the request's header was not whole within 0.1 seconds\n");
  EXPECT_EQ(peer.readAll(), "");
}

// Each byte comes in time, the header does not.
TEST(TransportLimits, AHeaderThatDripsIsAnswered408) {
  TestServer server{shortHeader()};
  Peer peer{server.address()};
  peer.send("GET / HTTP/1.1\r\nA: ");
  pollfd wait{.fd = peer.descriptor(), .events = POLLIN, .revents = 0};
  while (::poll(&wait, 1, 1) == 0) peer.send("b");
  EXPECT_EQ(peer.readAnswer().status, 408);
}

TEST(TransportLimits, AConnectionThatNeverAsksIsClosedWithoutAWord) {
  TestServer server{shortHeader()};
  Peer peer{server.address()};
  EXPECT_EQ(peer.readAll(), "");
}

TEST(TransportLimits, ABodyThatIsNotWholeInTimeIsAnswered408) {
  TestServer server{shortBody()};
  Peer peer{server.address()};
  peer.send(startOfBody);
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body, "the request's body was not whole within 0.1 seconds\n");
}

// An upload may be much longer than other bodies, on a connection that is no faster.
TEST(TransportLimits, ALongUploadHasMoreTime) {
  Limits limits = shortBody();
  limits.bodyBytes = 10;
  TestServer server{limits};
  Peer peer{server.address()};
  peer.send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100\r\n\r\n" +
      std::string(35, 'a'));
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body, "the request's body was not whole within 0.3 seconds\n");
}

// As the server of metrics has it.
TEST(TransportLimits, AServerThatTakesNoBodiesAnswersOneThatDoesNotEnd) {
  Limits limits = shortBody();
  limits.bodyBytes = 0;
  TestServer server{limits};
  Peer peer{server.address()};
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 408);
}

TEST(TransportLimits, ABodyThatIsTooSlowIsAnswered408) {
  Limits limits = farBut();
  limits.bodyBytesPerSecond = 1'000'000'000;
  limits.bodyRateAfter = 20ms;
  TestServer server{limits};
  Peer peer{server.address()};
  peer.send(startOfBody);
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body, "the request's body came slower than 1000000000 bytes a second\n");
}

// The size of what comes says nothing, if it is not of the body.
TEST(TransportLimits, TheExtensionsOfChunksAreNoBody) {
  Limits limits = farBut();
  limits.bodyBytesPerSecond = 1000;
  limits.bodyRateAfter = 20ms;
  TestServer server{limits};
  Peer peer{server.address()};
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" + std::string(10'000, 'a') +
            "\r\na\r\n");
  EXPECT_EQ(peer.readAnswer().status, 408);
}

TEST(TransportLimits, AConnectionIdleBetweenRequestsIsClosed) {
  Limits limits = farBut();
  limits.idleTime = 20ms;
  TestServer server{limits};
  Peer peer{server.address()};
  EXPECT_EQ(peer.get("/").status, 200);
  EXPECT_EQ(peer.readAll(), "");
}

TEST(TransportLimits, TheLastRequestOfAConnectionClosesIt) {
  TestServer server{{.requestsOfConnection = 2}};
  Peer peer{server.address()};
  EXPECT_FALSE(peer.get("/1").head.contains("Connection: close"));
  const auto last = peer.get("/2");
  EXPECT_EQ(last.status, 200);
  EXPECT_TRUE(last.head.contains("Connection: close")) << last.head;
  EXPECT_EQ(peer.readAll(), "");
}

void awaitConnections(TestServer& server, std::size_t most) {
  const auto deadline = std::chrono::steady_clock::now() + test::patience;
  while (server.run([&] { return server.transport.connections(); }) > most &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_LE(server.run([&] { return server.transport.connections(); }), most);
}

TEST(TransportLimits, TellConnectionsAboveThemSo) {
  TestServer server{{}, {.connections = 2}};
  Peer one{server.address()};
  Peer two{server.address()};
  EXPECT_EQ(one.get("/").status, 200);
  EXPECT_EQ(two.get("/").status, 200);
  Peer three{server.address()};
  const auto refusal = three.get("/");
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(refusal.body, "this server has 2 connections, and takes no more\n");
  one.vanish();
  three.readAll();
  three.vanish();
  awaitConnections(server, 1);
  Peer four{server.address()};
  EXPECT_EQ(four.get("/").status, 200);
}

std::ptrdiff_t openDescriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

// Another client is served while `peers` are there, and nothing is left of them when they have gone.
void expectNoTraceOf(TestServer& server, std::vector<Peer>& peers, std::ptrdiff_t descriptorsBefore) {
  {
    Peer other{server.address()};
    EXPECT_EQ(other.get("/").status, 200);
  }
  peers.clear();
  awaitConnections(server, 0);
  EXPECT_EQ(openDescriptors(), descriptorsBefore);
}

constexpr int many = 300;

TEST(TransportAttack, ManySlowHeaders) {
  TestServer server{shortHeader()};
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  std::vector<Peer> peers;
  for (int i = 0; i < many; ++i) peers.emplace_back(server.address()).send("GET / HTTP/1.1\r\nA");
  for (Peer& peer : peers) EXPECT_EQ(peer.readAnswer().status, 408);
  expectNoTraceOf(server, peers, descriptors);
}

TEST(TransportAttack, ManySlowBodies) {
  TestServer server{shortBody()};
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  std::vector<Peer> peers;
  for (int i = 0; i < many; ++i) peers.emplace_back(server.address()).send(startOfBody);
  for (Peer& peer : peers) EXPECT_EQ(peer.readAnswer().status, 408);
  expectNoTraceOf(server, peers, descriptors);
}

// They hold what they have until their time is over, and others are served meanwhile.
TEST(TransportAttack, ManySlowOnesDoNotHoldUpOthers) {
  TestServer server{farBut()};
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  std::vector<Peer> peers;
  for (int i = 0; i < many; ++i) peers.emplace_back(server.address()).send(i % 2 == 0 ? "GET / HT" : startOfBody);
  Peer other{server.address()};
  for (int i = 0; i < 20; ++i) EXPECT_EQ(other.get("/").status, 200);
  EXPECT_EQ(server.run([&] { return server.transport.connections(); }), many + 1U);
  other.vanish();
  expectNoTraceOf(server, peers, descriptors);
}

TEST(TransportAttack, ManyThatOpenAndVanish) {
  TestServer server;
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (int i = 0; i < many; ++i) {
    Peer peer{server.address()};
    // Without a word, within a request, within a body, after one without reading its answer; politely or by a reset.
    if (i % 4 == 1) peer.send("GET / HT");
    if (i % 4 == 2) peer.send(startOfBody);
    if (i % 4 == 3) peer.send(request + request);
    if (i % 8 < 4) peer.reset();
  }
  std::vector<Peer> none;
  expectNoTraceOf(server, none, descriptors);
}

TEST(TransportAttack, ManyThatVanishWhileTheirAnswerIsMade) {
  TestServer server;
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  {
    std::vector<Peer> peers;
    for (int i = 0; i < many; ++i) peers.emplace_back(server.address()).send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    server.handler.await("later", many);
    for (Peer& peer : peers) peer.reset();
  }
  server.run([&] {
    for (auto& answer : server.handler.later) answer({.headers = {}, .body = std::string(1000, 'a'), .staticBody = {}});
  });
  std::vector<Peer> none;
  expectNoTraceOf(server, none, descriptors);
}

TEST(TransportAttack, MoreThanMayBeAndNonePolite) {
  TestServer server{farBut(), {.connections = 10}};
  {
    Peer{server.address()}.get("/");
  }
  awaitConnections(server, 0);
  const std::ptrdiff_t descriptors = openDescriptors();
  std::vector<Peer> peers;
  for (int i = 0; i < many; ++i) peers.emplace_back(server.address()).send("G");
  // Those far above are closed at once, those above are told, and what there is stays bounded.
  EXPECT_EQ(peers.back().readAll(), "");
  EXPECT_LE(server.run([&] { return server.transport.connections(); }), 10U + 100U);
  for (std::size_t i = 0; i < peers.size(); i += 2) peers[i].reset();
  peers.clear();
  awaitConnections(server, 0);
  std::vector<Peer> none;
  expectNoTraceOf(server, none, descriptors);
}

// Seconds that a drain takes at most so long that it is not a matter of the silence that the test sets.
TEST(TransportLimits, ADrainDoesNotWaitForPeersThatSayNothingToTheirEnd) {
  TestServer server{{.drainSilence = 20ms}};
  Peer socket{server.address()}, idle{server.address()};
  socket.upgrade();
  EXPECT_EQ(idle.get("/").status, 200);
  std::promise<void> done;
  const auto start = std::chrono::steady_clock::now();
  server.run([&] { server.transport.drain(test::patience, [&] { done.set_value(); }); });
  ASSERT_EQ(done.get_future().wait_for(test::patience), std::future_status::ready);
  EXPECT_LT(std::chrono::steady_clock::now() - start, closeWait);
  // They were told, all the same.
  EXPECT_EQ(socket.readFrame().opcode, wire::Opcode::close);
  EXPECT_EQ(idle.readAll(), "");
}

TEST(TransportLimits, ADrainWaitsForAPeerThatAnswersItsClose) {
  TestServer server{{.drainSilence = 10s}};
  Peer socket{server.address()};
  socket.upgrade();
  std::promise<void> done;
  server.run([&] { server.transport.drain(test::patience, [&] { done.set_value(); }); });
  EXPECT_EQ(socket.readFrame().opcode, wire::Opcode::close);
  auto ended = done.get_future();
  EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout);
  socket.sendFrame(wire::Opcode::close, "\x03\xe9");
  socket.vanish();
  EXPECT_EQ(ended.wait_for(test::patience), std::future_status::ready);
}

}  // namespace
}  // namespace duramen::server
