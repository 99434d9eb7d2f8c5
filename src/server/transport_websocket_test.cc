#include <algorithm>
#include <thread>

#include "server/test_peer.h"
#include "wire/testing/deflate.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using realtime::SharedFrame;
using test::Peer;
using test::TestServer;
using wire::Opcode;

SharedFrame message(const std::string& payload) {
  return std::make_shared<const std::string>(wire::frame(Opcode::binary, payload));
}

// A page that says its number and is large enough to fill what a kernel takes.
SharedFrame page(int number) { return message("page " + std::to_string(number) + std::string(256 * 1024, '.')); }
int pageNumber(const Peer::Frame& frame) {
  return frame.payload.starts_with("page ") ? std::stoi(frame.payload.substr(5)) : -1;
}

TEST(TransportWebSocket, UpgradesAndEchoes) {
  TestServer server;
  Peer peer{server.address()};
  peer.sendUpgrade("/socket?key=k");
  const auto answer = peer.readAnswer();
  EXPECT_EQ(answer.status, 101);
  EXPECT_TRUE(answer.head.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) << answer.head;
  peer.sendFrame(Opcode::binary, "hello");
  EXPECT_EQ(peer.readFrame().payload, "hello");
  server.run([&] {
    EXPECT_EQ(server.handler.last.parameter("key"), "k");
    EXPECT_EQ(server.handler.open.size(), 1u);
  });
}

TEST(TransportWebSocket, TakesFramesThatCameWithTheUpgrade) {
  TestServer server;
  Peer peer{server.address()};
  std::string early;
  wire::appendMaskedFrame(early, Opcode::binary, "early", {1, 2, 3, 4});
  peer.sendUpgrade("/socket", early);
  EXPECT_EQ(peer.readAnswer().status, 101);
  EXPECT_EQ(peer.readFrame().payload, "early");
}

void upgradeWithDeflate(Peer& peer) {
  peer.send(
      "GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 101);
}

// 4 KB that stand for 4 MiB: they are taken in turns, and a neighbour does not wait for their end.
TEST(TransportWebSocket, AMessageThatCostsMuchIsTakenInTurns) {
  TestServer server;
  Peer large{server.address()}, small{server.address()};
  upgradeWithDeflate(large);
  small.upgrade();
  const std::string message(4 << 20, 'x');
  large.send(wire::testing::compressedFrame(message, {1, 2, 3, 4}));
  small.sendFrame(Opcode::binary, "small");
  EXPECT_EQ(small.readFrame().payload, "small");
  server.run([&] { EXPECT_EQ(server.handler.messages.size(), 1U); });
  EXPECT_TRUE(large.readFrame().payload == message);
}

// Nothing is lost of a message whose reading was interrupted in the middle of what the inflater has made.
TEST(TransportWebSocket, ASocketThatIsHeldWithinAMessageGoesOnWithIt) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  peer.sendFrame(Opcode::binary, "hold");
  server.handler.await("held");
  peer.sendFrame(Opcode::binary, std::string(300'000, 'y'));
  server.run([&] { server.transport.hold(*server.handler.open.begin(), false); });
  EXPECT_TRUE(peer.readFrame().payload == std::string(300'000, 'y'));
}

TEST(TransportWebSocket, WaitsForADecisionThatComesLater) {
  TestServer server;
  Peer peer{server.address()};
  std::string early;
  wire::appendMaskedFrame(early, Opcode::binary, "early", {1, 2, 3, 4});
  peer.sendUpgrade("/later", early);
  server.handler.await("upgrade");
  server.run([&] {
    EXPECT_TRUE(server.handler.open.empty());
    server.handler.decisions.begin()->second({});
    EXPECT_EQ(server.handler.open.size(), 1u);
    // Frames are taken from here on, after the 101.
    server.transport.push(std::array{*server.handler.open.begin()}, message("page"));
  });
  EXPECT_EQ(peer.readAnswer().status, 101);
  EXPECT_EQ(peer.readFrame().payload, "page");
  EXPECT_EQ(peer.readFrame().payload, "early");
}

TEST(TransportWebSocket, RefusesAsTheHandlerSays) {
  TestServer server;
  Peer peer{server.address()};
  peer.sendUpgrade("/refused");
  EXPECT_EQ(peer.readAnswer().status, 403);
  peer.sendUpgrade("/throw");
  EXPECT_EQ(peer.readAnswer().status, 500);
  EXPECT_EQ(peer.get("/").status, 200);
}

TEST(TransportWebSocket, TakesMessagesInPiecesAndManyAtOnce) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  const std::string large(300'000, 'l');
  peer.sendFrame(Opcode::binary, large);
  EXPECT_EQ(peer.readFrame().payload, large);
  std::string many;
  for (int i = 0; i < 1000; ++i) wire::appendMaskedFrame(many, Opcode::binary, std::to_string(i), {9, 8, 7, 6});
  for (std::size_t at = 0; at < many.size(); at += 7) peer.send(many.substr(at, 7));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(peer.readFrame().payload, std::to_string(i));
}

TEST(TransportWebSocket, AnswersPingsAndTheCloseHandshake) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  peer.sendFrame(Opcode::ping, "are you there");
  const auto pong = peer.readFrame();
  EXPECT_EQ(pong.opcode, Opcode::pong);
  EXPECT_EQ(pong.payload, "are you there");
  peer.sendFrame(Opcode::close, std::string("\x0f\xa0", 2) + "bye");
  const auto close = peer.readFrame();
  EXPECT_EQ(close.opcode, Opcode::close);
  EXPECT_EQ(close.closeCode, 4000);
  EXPECT_EQ(peer.readAll(), "");
  server.handler.await("closed");
}

TEST(TransportWebSocket, ClosesWithTheCodeOfWhatIsWrong) {
  TestServer server{{.messageBytes = 1000}};
  const auto codeFor = [&](const std::string& bytes) {
    Peer peer{server.address()};
    peer.upgrade();
    peer.send(bytes);
    const auto close = peer.readFrame();
    EXPECT_EQ(close.opcode, Opcode::close);
    EXPECT_GT(close.payload.size(), 5u);
    peer.sendFrame(Opcode::close, std::string("\x03\xe8", 2));
    EXPECT_EQ(peer.readAll(), "");
    return close.closeCode;
  };
  const auto masked = [](Opcode opcode, const std::string& payload) {
    std::string out;
    wire::appendMaskedFrame(out, opcode, payload, {1, 2, 3, 4});
    return out;
  };
  EXPECT_EQ(codeFor(wire::frame(Opcode::binary, "not masked")), 1002);
  EXPECT_EQ(codeFor(masked(Opcode::text, "text")), 1003);
  EXPECT_EQ(codeFor(masked(Opcode::text, "\xff")), 1007);
  EXPECT_EQ(codeFor(masked(Opcode::binary, std::string(1001, 'a'))), 1009);
  EXPECT_EQ(codeFor(masked(Opcode::binary, "throw")), 1011);
  server.handler.await("closed", 5);
}

TEST(TransportWebSocket, ClosesWithCodeAndReasonAndTellsTheHandlerOnce) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  const SocketId socket = server.onlySocket();
  server.run([&] {
    server.transport.reply(socket, message("last"));
    server.transport.close(socket, 4001, "moved");
    server.transport.reply(socket, message("too late"));
    EXPECT_EQ(server.handler.open.size(), 1u);  // told later, never from within the call
  });
  EXPECT_EQ(peer.readFrame().payload, "last");
  const auto close = peer.readFrame();
  EXPECT_EQ(close.closeCode, 4001);
  EXPECT_EQ(close.payload, "moved");
  peer.sendFrame(Opcode::binary, "nobody hears this");
  peer.sendFrame(Opcode::close, std::string("\x0f\xa1", 2));
  EXPECT_EQ(peer.readAll(), "");
  server.handler.await("closed");
  server.run([&] { EXPECT_TRUE(server.handler.messages.empty()); });
}

TEST(TransportWebSocket, AClientThatVanishesInTheMiddleOfAMessageIsForgotten) {
  TestServer server;
  std::string frame;
  wire::appendMaskedFrame(frame, Opcode::binary, std::string(1000, 'a'), {1, 2, 3, 4});
  for (const bool reset : {false, true}) {
    Peer peer{server.address()};
    peer.upgrade();
    peer.send(frame.substr(0, 500));
    if (reset) peer.reset();
    peer.vanish();
    server.handler.await("closed", reset ? 2 : 1);
  }
  while (server.run([&] { return server.transport.connections(); }) > 0) std::this_thread::yield();
  server.run([&] { EXPECT_TRUE(server.handler.messages.empty()); });
}

TEST(TransportWebSocket, CallsForASocketThatHasGoneDoNothing) {
  TestServer server;
  Peer first{server.address()};
  first.upgrade();
  const SocketId gone = server.onlySocket();
  first.vanish();
  server.handler.await("closed");
  Peer second{server.address()};
  second.upgrade();
  EXPECT_NE(server.onlySocket(), gone);
  server.run([&] {
    server.transport.push(std::array{gone}, message("page"));
    server.transport.reply(gone, message("reply"));
    server.transport.close(gone, 1000, "");
    server.transport.hold(gone, true);
  });
  second.sendFrame(Opcode::binary, "still here");
  EXPECT_EQ(second.readFrame().payload, "still here");
}

// U12: what waits for a slow client is bounded; the latest version wins.
TEST(TransportWebSocket, U12ASlowReaderGetsOnlyTheLatestPage) {
  TestServer server;
  Peer slow{server.address(), 4096};
  slow.upgrade();
  const SocketId socket = server.onlySocket();
  constexpr int pages = 200;
  SharedFrame last;
  for (int i = 1; i <= pages; ++i)
    server.run([&] {
      last = page(i);
      server.transport.push(std::array{socket}, last);
    });
  std::vector<int> seen;
  while (seen.empty() || (seen.back() != pages && seen.back() != -1)) seen.push_back(pageNumber(slow.readFrame()));
  EXPECT_EQ(seen.back(), pages);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  // What the kernel had taken, one that was partly written, and the latest.
  EXPECT_LT(seen.size(), 40u);
  // What was sent or replaced is held by nobody.
  server.run([&] { EXPECT_EQ(last.use_count(), 1); });
}

TEST(TransportWebSocket, ASlowReaderHoldsUpNobody) {
  TestServer server;
  Peer slow{server.address(), 4096};
  slow.upgrade();
  Peer fast{server.address()};
  fast.upgrade();
  server.handler.await("opened", 2);
  const std::vector<SocketId> both =
      server.run([&] { return std::vector(server.handler.open.begin(), server.handler.open.end()); });
  for (int i = 1; i <= 60; ++i) {
    server.run([&] { server.transport.push(both, page(i)); });
    ASSERT_EQ(pageNumber(fast.readFrame()), i);
  }
}

TEST(TransportWebSocket, AnAnswerOvertakesAPageThatWaitsAndDropsIt) {
  TestServer server;
  Peer slow{server.address(), 4096};
  slow.upgrade();
  const SocketId socket = server.onlySocket();
  server.run([&] {
    for (int i = 1; i <= 100; ++i) server.transport.push(std::array{socket}, page(i));
    server.transport.reply(socket, message("answer"));
    server.transport.send(socket, message("without a page"));
    server.transport.push(std::array{socket}, message("page 101"));
    server.transport.send(socket, message("an error"));
  });
  std::vector<std::string> seen;
  for (std::string got; got != "page 101" && seen.size() < 100;) {
    got = slow.readFrame().payload;
    seen.push_back(got.substr(0, got.find('.')));
  }
  ASSERT_GE(seen.size(), 5u);
  EXPECT_EQ(std::vector(seen.end() - 4, seen.end()),
            (std::vector<std::string>{"answer", "without a page", "an error", "page 101"}));
  EXPECT_EQ(std::ranges::count(seen, "page 100"), 0);
}

TEST(TransportWebSocket, ASocketWithTooManyUnreadAnswersIsNotReadFromUntilItDrains) {
  TestServer server{{.unreadReplyBytes = 100'000, .unreadReplyBytesMost = 1 << 30}};
  Peer slow{server.address(), 4096};
  slow.upgrade();
  const SocketId socket = server.onlySocket();
  constexpr int answers = 60;
  server.run([&] {
    for (int i = 0; i < answers; ++i) server.transport.reply(socket, page(i));
  });
  slow.sendFrame(Opcode::binary, "not yet");
  // The loop has looked at its sockets when another client's message has gone through.
  Peer other{server.address()};
  other.upgrade();
  other.sendFrame(Opcode::binary, "other");
  EXPECT_EQ(other.readFrame().payload, "other");
  server.run([&] { EXPECT_EQ(server.handler.messages, std::vector<std::string>{"other"}); });
  for (int i = 0; i < answers; ++i) ASSERT_EQ(pageNumber(slow.readFrame()), i);
  EXPECT_EQ(slow.readFrame().payload, "not yet");
}

TEST(TransportWebSocket, ASocketThatReadsItsAnswersTooSlowlyIsClosedWith1013) {
  TestServer server{{.replyRateAfter = 20ms}};
  Peer slow{server.address(), 4096};
  slow.upgrade();
  const SocketId socket = server.onlySocket();
  server.run([&] {
    for (int i = 0; i < 200; ++i) server.transport.reply(socket, page(i));
  });
  server.handler.await("closed");
  Peer::Frame last;
  for (int next = 0; pageNumber(last = slow.readFrame()) == next; ++next) {
  }
  EXPECT_EQ(last.opcode, Opcode::close);
  EXPECT_EQ(last.closeCode, 1013);
}

TEST(TransportWebSocket, ASocketThatReadsAnAnswerOfManyMegabytesIsNotClosed) {
  TestServer server;
  Peer peer{server.address(), 4096};
  peer.upgrade();
  const SocketId socket = server.onlySocket();
  const std::string large(8'000'000, 'l');
  server.run([&] { server.transport.reply(socket, message(large)); });
  EXPECT_EQ(peer.readFrame().payload.size(), large.size());
  EXPECT_EQ(server.run([&] { return server.handler.open.size(); }), 1u);
}

// Of a flood of pings that are not answered to anybody, the server keeps one answer.
TEST(TransportWebSocket, UnreadPongsTakeTheRoomOfOne) {
  TestServer server{{.framesPerSecond = 1'000'000}};
  Peer slow{server.address(), 4096};
  slow.upgrade();
  const SocketId socket = server.onlySocket();
  server.run([&] { server.transport.reply(socket, message(std::string(8'000'000, 'l'))); });
  const std::size_t before = server.run([&] { return server.transport.waitingBytes(); });
  EXPECT_GT(before, 1'000'000u);
  EXPECT_EQ(slow.readFrame().payload.size(), 8'000'000u);
  server.run([&] {
    for (int i = 0; i < 40; ++i) server.transport.push(std::array{socket}, page(i));
  });
  const std::size_t waiting = server.run([&] { return server.transport.waitingBytes(); });
  std::string pings;
  for (int i = 0; i < 1000; ++i) wire::appendMaskedFrame(pings, Opcode::ping, std::to_string(i), {1, 2, 3, 4});
  wire::appendMaskedFrame(pings, Opcode::binary, "quiet", {1, 2, 3, 4});
  slow.send(pings);
  server.handler.await("message");
  EXPECT_LE(server.run([&] { return server.transport.waitingBytes(); }), waiting + 20);
}

// What inflates it is counted, too.
TEST(TransportWebSocket, AMessageThatFindsNoMemoryClosesItsSocketWith1013) {
  TestServer server{{}, {}, nullptr, 60'000};
  Peer one{server.address()}, two{server.address()};
  upgradeWithDeflate(one);
  upgradeWithDeflate(two);
  const std::string frame = wire::testing::compressedFrame(std::string(1000, 'a'), {1, 2, 3, 4});
  one.send(frame.substr(0, frame.size() - 2));
  while (server.memory.taken() < 40'000) std::this_thread::yield();
  two.send(frame.substr(0, frame.size() - 2));
  const auto close = two.readFrame();
  EXPECT_EQ(close.closeCode, 1013);
  EXPECT_EQ(close.payload, "the server has no memory for this message now");
  one.send(frame.substr(frame.size() - 2));
  EXPECT_EQ(one.readFrame().payload, std::string(1000, 'a'));
  while (server.memory.taken() > 0) std::this_thread::yield();
}

TEST(TransportWebSocket, AMessageThatDoesNotEndClosesItsSocket) {
  TestServer server{{.bodyTime = 100ms}};
  Peer peer{server.address()};
  peer.upgrade();
  for (int i = 0; i < 3; ++i) {
    peer.sendFrame(Opcode::binary, "whole");
    EXPECT_EQ(peer.readFrame().payload, "whole");
  }
  std::string half;
  wire::appendMaskedFrame(half, Opcode::binary, std::string(1000, 'a'), {1, 2, 3, 4});
  peer.send(half.substr(0, 500));
  const auto close = peer.readFrame();
  EXPECT_EQ(close.closeCode, 1008);
  EXPECT_EQ(close.payload, "the message was not whole in time");
}

TEST(TransportWebSocket, AHeldSocketIsNotReadFrom) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  std::string both;
  wire::appendMaskedFrame(both, Opcode::binary, "hold", {1, 2, 3, 4});
  wire::appendMaskedFrame(both, Opcode::binary, "after", {1, 2, 3, 4});
  peer.send(both);
  server.handler.await("held");
  peer.sendFrame(Opcode::binary, "later");
  Peer other{server.address()};
  other.upgrade();
  other.sendFrame(Opcode::binary, "other");
  EXPECT_EQ(other.readFrame().payload, "other");
  server.run([&] {
    EXPECT_EQ(server.handler.messages, (std::vector<std::string>{"hold", "other"}));
    const SocketId held = *server.handler.open.begin();
    server.transport.push(std::array{held}, message("a page all the same"));
    server.transport.hold(held, false);
    EXPECT_EQ(server.handler.messages.size(), 2u);  // never from within the call
  });
  EXPECT_EQ(peer.readFrame().payload, "a page all the same");
  EXPECT_EQ(peer.readFrame().payload, "after");
  EXPECT_EQ(peer.readFrame().payload, "later");
}

TEST(TransportWebSocket, PingsASilentPeerAndCutsOffOneThatDoesNotAnswer) {
  TestServer server{{.ping = 40ms}};
  Peer peer{server.address()};
  peer.upgrade();
  EXPECT_EQ(peer.readFrame().opcode, Opcode::ping);
  peer.readAll();
  server.handler.await("closed");
}

TEST(TransportWebSocket, DrainClosesSocketsWith1001AfterTheirAnswers) {
  TestServer server;
  Peer peer{server.address()};
  peer.upgrade();
  const SocketId socket = server.onlySocket();
  std::promise<void> done;
  server.run([&] {
    server.transport.reply(socket, message("answer"));
    server.transport.drain(test::patience, [&] { done.set_value(); });
  });
  EXPECT_EQ(peer.readFrame().payload, "answer");
  EXPECT_EQ(peer.readFrame().closeCode, 1001);
  peer.sendFrame(Opcode::close, std::string("\x03\xe9", 2));
  EXPECT_EQ(peer.readAll(), "");
  peer.vanish();
  EXPECT_EQ(done.get_future().wait_for(test::patience), std::future_status::ready);
  server.handler.await("closed");
  // Nobody is accepted any more.
  server.run([&] { EXPECT_EQ(server.transport.connections(), 0u); });
}

TEST(Listener, SaysWhyItCannotListen) {
  const auto first = Listener::open("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = Listener::open(first->address());
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().starts_with("cannot listen on " + first->address() + ": the address is already in use"))
      << second.error();
  for (const char* bad :
       {"", "8787", ":8787", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "a b:80"})
    EXPECT_FALSE(Listener::open(bad)) << bad;
  EXPECT_TRUE(Listener::open("192.0.2.1:0").error().contains("not one of this machine"));
}

TEST(Listener, TakesNamesAndIPv6) {
  EXPECT_TRUE(Listener::open("localhost:0").value().address().starts_with("localhost:"));
  const auto v6 = Listener::open("[::1]:0");
  if (v6) {
    EXPECT_TRUE(v6->address().starts_with("[::1]:"));
  }
}

TEST(Transport, TwoLoopsShareAListenerAndTwoServersAProcess) {
  TestServer one;
  TestServer two;
  EXPECT_NE(one.address(), two.address());
  loop::ThreadLoop loop;
  test::TestHandler handler;
  Transport second{loop, handler};
  handler.setOutlet(second);
  second.accept(one.listener);
  loop.start();
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) {
    peers.emplace_back(one.address());
    EXPECT_EQ(peers.back().get("/").status, 200);
  }
  Peer other{two.address()};
  EXPECT_EQ(other.get("/").status, 200);
  EXPECT_EQ(two.run([&] { return two.transport.connections(); }), 1u);
  std::promise<std::size_t> count;
  loop.post([&] { count.set_value(second.connections()); });
  EXPECT_EQ(one.run([&] { return one.transport.connections(); }) + count.get_future().get(), 20u);
  loop.stop();
  loop.join();
}

// A flood: many at once, of which a turn of the loop takes few.
TEST(TransportWebSocket, ManyMessagesAtOnceAreAnsweredInTheirOrder) {
  TestServer server{{.framesPerSecond = 1'000'000}};
  Peer peer{server.address()};
  peer.upgrade();
  std::string all;
  for (int i = 0; i < 1000; ++i) wire::appendMaskedFrame(all, wire::Opcode::binary, std::to_string(i), {1, 2, 3, 4});
  peer.send(all);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(peer.readFrame().payload, std::to_string(i));
}

TEST(TransportWebSocket, TheRateOfFramesMayBeAnyNumber) {
  for (const std::uint32_t rate : {1U, 0U, 4'000'000'000U}) {
    TestServer server{{.framesPerSecond = rate}};
    Peer peer{server.address()};
    peer.upgrade();
    peer.sendFrame(Opcode::ping, "p");
    EXPECT_EQ(peer.readFrame().payload, "p");
  }
}

TEST(TransportWebSocket, FramesAboveThoseOfASecondComeAtTheirRate) {
  TestServer server{{.framesPerSecond = 5}};
  Peer peer{server.address()}, other{server.address()};
  peer.upgrade();
  other.upgrade();
  const auto start = server.loop.now();
  for (int i = 0; i < 6; ++i) peer.sendFrame(wire::Opcode::ping, std::to_string(i));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(peer.readFrame().payload, std::to_string(i));
  other.sendFrame(wire::Opcode::ping, "other");
  EXPECT_EQ(other.readFrame().payload, "other");
  EXPECT_EQ(peer.readFrame().payload, "5");
  EXPECT_GE(server.loop.now() - start, 200ms);
}

}  // namespace
}  // namespace duramen::server
