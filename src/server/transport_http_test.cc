#include <thread>

#include "server/test_peer.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::TestServer;
using testing::Test;

// A flood of them: a turn of the loop takes few.
TEST(TransportHttp, AnswersManyRequestsThatCameAtOnceInTheirOrder) {
  TestServer server;
  Peer peer{server.address()};
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  peer.send(all);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(peer.readAnswer().status, 200) << i;
  server.run([&] { EXPECT_EQ(server.handler.last.path, "/999"); });
}

TEST(TransportHttp, AnswersAGet) {
  TestServer server;
  Peer peer{server.address()};
  const auto answer = peer.get("/a%20b?x=1&y");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET ");
  EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer.head;
  EXPECT_TRUE(answer.head.contains(" GMT\r\nContent-Length: 4\r\n")) << answer.head;
  EXPECT_TRUE(answer.head.contains("\r\nX-Path: /a%20b\r\n")) << answer.head;
  server.run([&] {
    EXPECT_EQ(server.handler.last.query, "x=1&y");
    EXPECT_EQ(server.handler.last.address, "127.0.0.1");
  });
}

TEST(TransportHttp, KeepsTheConnectionForMoreRequests) {
  TestServer server;
  Peer peer{server.address()};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(peer.get("/" + std::to_string(i)).status, 200);
  EXPECT_EQ(server.run([&] { return server.transport.connections(); }), 1u);
}

TEST(TransportHttp, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  Peer peer{server.address()};
  const auto get = [](const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; };
  peer.send(get("/later") + get("/2") + "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get("/4"));
  server.handler.await("later");
  // The others wait for the first, whose answer comes later.
  server.run([&] { EXPECT_EQ(server.handler.last.path, "/later"); });
  server.run([&] { server.handler.later[0]({.headers = {}, .body = "first", .staticBody = {}}); });
  EXPECT_EQ(peer.readAnswer().body, "first");
  EXPECT_EQ(peer.readAnswer().body, "GET ");
  EXPECT_EQ(peer.readAnswer().body, "POST hello");
  EXPECT_TRUE(peer.readAnswer().head.contains("X-Path: /4"));
}

TEST(TransportHttp, TakesARequestInPiecesOfAnySize) {
  TestServer server;
  const std::string request =
      "\r\nPOST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: "
      "v\r\n\r\n";
  for (std::size_t size = 1; size < 12; ++size) {
    Peer peer{server.address()};
    for (std::size_t at = 0; at < request.size(); at += size) peer.send(request.substr(at, size));
    EXPECT_EQ(peer.readAnswer().body, "POST hello world");
  }
}

TEST(TransportHttp, LeavesTheBodyOutOfAnAnswerToHead) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("HEAD /static HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(peer.readAnswer(true).head.contains("Content-Length: 23\r\n"));
  EXPECT_EQ(peer.get("/static").body, "the same bytes for ever");
  EXPECT_FALSE(peer.get("/none").head.contains("Content-Length"));
}

TEST(TransportHttp, SaysWhyItRefusesARequestAfterAHead) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("HEAD /static HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.readAnswer(true).status, 200);
  peer.send("garbage\r\n\r\n");
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.body.starts_with("a request begins with")) << answer.body;
}

TEST(TransportHttp, SendsALargeStaticBodyToAReaderThatTakesItsTime) {
  TestServer server;
  const std::string large(8 * 1024 * 1024, 'x');
  server.run([&] { server.handler.staticBody = large; });
  Peer peer{server.address(), 4096};
  peer.send("GET /static HTTP/1.1\r\nHost: h\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().body, large);
  EXPECT_EQ(peer.readAnswer().status, 200);
}

TEST(TransportHttp, SendsABodyInChunksAsItIsMade) {
  TestServer server;
  Peer peer{server.address()};
  server.run([&] { server.handler.made->bytes = "first"; });
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string head = peer.readUntil("\r\n\r\n");
  EXPECT_TRUE(head.contains("Transfer-Encoding: chunked\r\n")) << head;
  EXPECT_FALSE(head.contains("Content-Length")) << head;
  EXPECT_EQ(peer.readUntil("first\r\n"), "5\r\nfirst\r\n");
  server.run([&] { server.handler.made->add("the second one"); });
  EXPECT_EQ(peer.readUntil("one\r\n"), "e\r\nthe second one\r\n");
  server.run([&] { server.handler.made->add("", true); });
  EXPECT_EQ(peer.readUntil("\r\n\r\n"), "0\r\n\r\n");
  EXPECT_TRUE(server.run([&] { return server.handler.made->gone; }));
  EXPECT_EQ(peer.get("/").status, 200);
}

TEST(TransportHttp, AsksForMoreOfABodyWhenThePeerHasTakenWhatThereWas) {
  TestServer server;
  const std::string large(32 * 1024 * 1024, 'x');
  server.run([&] {
    server.handler.made->bytes = large;
    server.handler.made->ended = true;
  });
  Peer peer{server.address(), 4096};
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  // Far from all of it is made while nobody reads.
  int before = -1;
  while (before != server.run([&] { return std::exchange(before, server.handler.made->reads); }))
    std::this_thread::sleep_for(5ms);
  EXPECT_LT(server.run([&] { return server.handler.made->reads; }), 256);
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (std::size_t at = 0; at < large.size(); at += 65536) ASSERT_EQ(peer.read(chunk.size()), chunk) << at;
  EXPECT_EQ(peer.readUntil("\r\n\r\n"), "0\r\n\r\n");
}

TEST(TransportHttp, MakesABodyOfUnknownLengthWholeForHttp10) {
  TestServer server;
  Peer peer{server.address()};
  server.run([&] { server.handler.made->bytes = "first "; });
  peer.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(Peer{server.address()}.get("/").status, 200);
  pollfd ready{.fd = peer.descriptor(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  server.run([&] { server.handler.made->add("and all", true); });
  const auto answer = peer.readAnswer();
  EXPECT_FALSE(answer.head.contains("chunked")) << answer.head;
  EXPECT_TRUE(answer.head.contains("Content-Length: 13\r\n")) << answer.head;
  EXPECT_TRUE(answer.head.contains("Connection: keep-alive\r\n")) << answer.head;
  EXPECT_EQ(answer.body, "first and all");
  EXPECT_EQ(peer.get("/").status, 200);
}

TEST(TransportHttp, EndsABodyThatIsTooLongToBeHeldWithTheConnectionForHttp10) {
  TestServer server;
  const std::string large(9 * 1024 * 1024, 'x');
  server.run([&] { server.handler.made->bytes = large; });
  Peer peer{server.address()};
  peer.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string head = peer.readUntil("\r\n\r\n");
  EXPECT_FALSE(head.contains("Content-Length")) << head;
  EXPECT_TRUE(head.contains("Connection: close")) << head;
  server.run([&] { server.handler.made->add("all", true); });
  EXPECT_TRUE(peer.readAll() == large + "all");
}

TEST(TransportHttp, SendsWhatThereIsOfABodyThatDoesNotEndToHttp10) {
  TestServer server{{.collectTime = 20ms}};
  server.run([&] { server.handler.made->bytes = "some"; });
  Peer peer{server.address()};
  peer.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(peer.readUntil("\r\n\r\n").contains("Connection: close"));
  EXPECT_EQ(peer.read(4), "some");
  server.run([&] { server.handler.made->add("more", true); });
  EXPECT_EQ(peer.readAll(), "more");
}

TEST(TransportHttp, BreaksOffABodyThatCannotBeMadeWholeForHttp10) {
  TestServer server;
  server.run([&] { server.handler.made->throws = true; });
  Peer peer{server.address()};
  peer.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(peer.readAll(), "");
}

TEST(TransportHttp, TellsTheSizeOfABodyThatIsKnown) {
  for (const char* const version : {"1.1", "1.0"}) {
    TestServer server;
    Peer peer{server.address()};
    const std::string request =
        std::string("GET /sized HTTP/") + version + "\r\nHost: h\r\nConnection: keep-alive\r\n\r\n";
    server.run([&] { server.handler.made->bytes = "fir"; });
    peer.send(request);
    const std::string head = peer.readUntil("\r\n\r\n");
    EXPECT_TRUE(head.contains("Content-Length: 5\r\n")) << head;
    EXPECT_FALSE(head.contains("chunked")) << head;
    EXPECT_EQ(peer.read(3), "fir");
    server.run([&] { server.handler.made->add("st", true); });
    EXPECT_EQ(peer.read(2), "st");
    EXPECT_EQ(peer.get("/").status, 200);
    peer.send("HEAD /sized HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(peer.readAnswer(true).head.contains("Content-Length: 5\r\n"));
    EXPECT_EQ(peer.get("/").status, 200);
  }
}

TEST(TransportHttp, BreaksOffABodyThatIsNotOfTheSizeThatWasTold) {
  for (const char* const bytes : {"four", "sixsix"}) {
    TestServer server;
    server.run([&] {
      server.handler.made->bytes = bytes;
      server.handler.made->ended = true;
    });
    Peer peer{server.address()};
    peer.send("GET /sized HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(peer.readAll(), "");
    EXPECT_TRUE(server.logged().contains("not of the size that its head has told")) << server.logged();
  }
}

TEST(TransportHttp, MakesNoBodyForHead) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.readAnswer(true).status, 200);
  EXPECT_EQ(peer.get("/").status, 200);
  EXPECT_EQ(server.run([&] { return server.handler.made->reads; }), 0);
  EXPECT_TRUE(server.run([&] { return server.handler.made->gone; }));
}

TEST(TransportHttp, BreaksOffABodyThatFails) {
  TestServer server;
  Peer peer{server.address()};
  server.run([&] { server.handler.made->bytes = "begun"; });
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("begun\r\n");
  server.run([&] {
    server.handler.made->throws = true;
    server.handler.made->add("");
  });
  EXPECT_EQ(peer.readAll(), "");
  EXPECT_TRUE(server.logged().contains("a body: no more")) << server.logged();
}

TEST(TransportHttp, LeavesABodyWhosePeerHasGone) {
  TestServer server;
  Peer peer{server.address()};
  server.run([&] { server.handler.made->bytes = "begun"; });
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("begun\r\n");
  peer.reset();
  const auto deadline = std::chrono::steady_clock::now() + test::patience;
  while (!server.run([&] {
    server.handler.made->add("more");
    return server.handler.made->gone;
  }) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_TRUE(server.run([&] { return server.handler.made->gone; }));
  Peer other{server.address()};
  EXPECT_EQ(other.get("/").status, 200);
}

// A body may be long in coming: only a peer that does not take what is there is given up.
TEST(TransportHttp, WaitsForABodyLongerThanForAPeer) {
  TestServer server{{.answerBytesPerSecond = 1, .answerRateAfter = 20ms}};
  Peer peer{server.address()};
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  server.run([&] { server.handler.made->add("late", true); });
  EXPECT_EQ(peer.readUntil("late\r\n"), "4\r\nlate\r\n");
}

TEST(TransportHttp, GivesUpOnAPeerThatTakesItsAnswerTooSlowly) {
  TestServer server{{.answerBytesPerSecond = 1'000'000'000, .answerRateAfter = 50ms}};
  Peer peer{server.address(), 4096};
  server.run([&] { server.handler.made->add(std::string(50'000'000, 'b'), true); });
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  while (peer.read(1000).size() == 1000 && !server.run([&] { return server.handler.made->gone; })) {
  }
  EXPECT_TRUE(server.run([&] { return server.handler.made->gone; }));
}

TEST(TransportHttp, AnAnswerThatFindsNoMemoryIs503) {
  TestServer server{{}, {}, nullptr, 1'000'000};
  const auto post = [](std::size_t bytes) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           std::string(bytes, 'b');
  };
  Peer slow{server.address(), 4096}, other{server.address()};
  slow.send(post(900'000));
  const auto refusal = slow.readAnswer();
  EXPECT_EQ(refusal.status, 503);
  EXPECT_TRUE(refusal.head.contains("Retry-After: 1\r\n")) << refusal.head;
  EXPECT_EQ(refusal.body, "this server has no memory left for the answer: too many others wait to be read\n");
  other.send(post(300'000));
  EXPECT_EQ(other.readAnswer().body.size(), 300'005u);
  // What is sent is free again, and so is what goes with its connection.
  EXPECT_EQ(server.run([&] { return server.memory.taken(); }), 0u);
}

TEST(TransportHttp, AsksForABodyThatWaitsForItsPermission) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  EXPECT_EQ(peer.readAnswer().body, "POST ok");
}

TEST(TransportHttp, ClosesWhenTheClientAsksForIt) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string all = peer.readAll();
  EXPECT_TRUE(all.contains("Connection: close\r\n")) << all;
  EXPECT_TRUE(all.ends_with("GET ")) << all;
}

TEST(TransportHttp, AnswersAClientThatEndsItsDirectionAfterItsRequest) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.endOutput();
  server.handler.await("later");
  server.run([&] { server.handler.later[0]({.headers = {}, .body = "late", .staticBody = {}}); });
  EXPECT_TRUE(peer.readAll().ends_with("late"));
}

TEST(TransportHttp, SpeaksHttp10) {
  TestServer server;
  Peer once{server.address()};
  once.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.readAll().contains("Connection: close"));
  Peer kept{server.address()};
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.readAnswer().head.contains("Connection: keep-alive"));
  EXPECT_EQ(kept.get("/").status, 200);
}

struct BadRequest {
  const char* name;
  std::string bytes;
  int status;
};

class RefusedRequest : public testing::TestWithParam<BadRequest> {};

TEST_P(RefusedRequest, IsAnsweredInClearTextAndClosed) {
  TestServer server{{.urlBytes = 1024, .headerBytes = 1024, .bodyBytes = 100}};
  Peer peer{server.address()};
  peer.send(GetParam().bytes);
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, GetParam().status) << answer.head << answer.body;
  EXPECT_TRUE(answer.head.contains("Connection: close"));
  EXPECT_TRUE(answer.head.contains("text/plain"));
  EXPECT_GT(answer.body.size(), 10u);
  EXPECT_EQ(peer.readAll(), "");
}

std::string upgradeWith(const std::string& version, const std::string& key,
                        const std::string& start = "GET / HTTP/1.1") {
  return start + "\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: " + version +
         "\r\nSec-WebSocket-Key: " + key + "\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRequest,
    testing::Values(
        BadRequest{"Garbage", "\x16\x03\x01 what is this\r\n\r\n", 400},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadRequest{"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        BadRequest{"NoPath", "GET path HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"Fragment", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"LongTarget", "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
        BadRequest{"LongHeader", "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", 431},
        BadRequest{"LongHeaderWithoutEnd", "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(2000, 'a'), 431},
        BadRequest{"ManyHeaders",
                   "GET / HTTP/1.1\r\nHost: h\r\n" +
                       [] {
                         std::string all;
                         for (int i = 0; i < 101; ++i) all += "a:b\r\n";
                         return all;
                       }() +
                       "\r\n",
                   431},
        BadRequest{"LongBody", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", 413},
        BadRequest{"LongChunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", 413},
        BadRequest{"EndlessChunkHeader",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'a'), 431},
        BadRequest{"BadChunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        BadRequest{"NoLength", "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 411},
        BadRequest{"TwoLengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 400},
        BadRequest{"LengthAndChunks",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadRequest{"OtherCoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        BadRequest{"OtherExpectation", "GET / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", 417},
        BadRequest{"WebSocket8", upgradeWith("8", "dGhlIHNhbXBsZSBub25jZQ=="), 426},
        BadRequest{"WebSocketKey", upgradeWith("13", "tooShort=="), 400},
        BadRequest{"WebSocketPost",
                   upgradeWith("13", "dGhlIHNhbXBsZSBub25jZQ==", "POST / HTTP/1.1\r\nContent-Length: 0"), 400}),
    [](const auto& param) { return param.param.name; });

TEST(TransportHttp, AThrowingHandlerCostsOneRequest) {
  TestServer server;
  Peer peer{server.address()};
  EXPECT_EQ(peer.get("/throw").status, 500);
  EXPECT_EQ(peer.get("/drop").status, 500);
  EXPECT_EQ(peer.get("/fine").status, 200);
  EXPECT_TRUE(server.logged().contains("a request: thrown")) << server.logged();
}

TEST(TransportHttp, LeavesOutAHeaderThatWouldBreakOutOfItsLine) {
  TestServer server;
  Peer peer{server.address()};
  const auto answer = peer.get("/split");
  EXPECT_FALSE(answer.head.contains("X-B")) << answer.head;
  EXPECT_TRUE(answer.head.contains("X-C: 3\r\n"));
}

TEST(TransportHttp, AnAnswerToAConnectionThatHasGoneDoesNothing) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  server.handler.await("later");
  peer.reset();
  server.run([&] { server.handler.later[0]({.headers = {}, .body = std::string(100, 'a'), .staticBody = {}}); });
  Peer other{server.address()};
  EXPECT_EQ(other.get("/").status, 200);
}

TEST(TransportHttp, TakesATargetInAbsoluteForm) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET http://example.test:81/p?q HTTP/1.1\r\nHost: Example.test:81\r\n\r\n");
  EXPECT_TRUE(peer.readAnswer().head.contains("X-Path: /p"));
  server.run([&] {
    EXPECT_EQ(server.handler.last.header("host"), "Example.test:81");
    EXPECT_EQ(server.handler.last.query, "q");
  });
}

TEST(TransportHttp, TheHostOfAnAbsoluteTargetCountsAndTheFieldIsIgnored) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET http://example.test:81/p HTTP/1.1\r\nHost: other.test\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 200);
  server.run([&] { EXPECT_EQ(server.handler.last.header("host"), "example.test:81"); });
}

TEST(TransportHttp, AListInSeveralLinesIsOneList) {
  TestServer server;
  Peer peer{server.address()};
  peer.send("GET / HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\nA: b\r\naccept: text/x-component\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 200);
  server.run([&] {
    EXPECT_EQ(server.handler.last.header("accept"), "text/html, text/x-component");
    EXPECT_EQ(server.handler.last.headers.size(), 3U);
  });
}

TEST(TransportHttp, DrainEndsIdleConnectionsAndLetsAnswersGoOut) {
  TestServer server;
  Peer idle{server.address()};
  EXPECT_EQ(idle.get("/").status, 200);
  Peer busy{server.address()};
  busy.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  server.handler.await("later");
  std::promise<void> done;
  server.run([&] { server.transport.drain(test::patience, [&] { done.set_value(); }); });
  EXPECT_EQ(idle.readAll(), "");
  idle.vanish();
  server.run([&] { server.handler.later[0]({.headers = {}, .body = "last words", .staticBody = {}}); });
  const auto answer = busy.readAnswer();
  EXPECT_EQ(answer.body, "last words");
  EXPECT_TRUE(answer.head.contains("Connection: close"));
  EXPECT_EQ(busy.readAll(), "");
  busy.vanish();
  EXPECT_EQ(done.get_future().wait_for(test::patience), std::future_status::ready);
}

TEST(TransportHttp, DrainCutsOffWhatDoesNotEnd) {
  TestServer server;
  Peer busy{server.address()};
  busy.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  server.handler.await("later");
  std::promise<void> done;
  server.run([&] { server.transport.drain(1ms, [&] { done.set_value(); }); });
  EXPECT_EQ(done.get_future().wait_for(test::patience), std::future_status::ready);
  EXPECT_EQ(busy.readAll(), "");
}

TEST(TransportHttp, DrainsAtOnceWhenNothingIsOpen) {
  TestServer server;
  std::promise<void> done;
  server.run([&] { server.transport.drain(test::patience, [&] { done.set_value(); }); });
  EXPECT_EQ(done.get_future().wait_for(test::patience), std::future_status::ready);
}

}  // namespace
}  // namespace duramen::server
