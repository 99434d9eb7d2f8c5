// Our codec against Boost.Beast's WebSocket stream, an independent peer: both directions, fragments, random splits.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <random>
#include <vector>

#include "wire/websocket.h"

namespace duramen::wire {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using MemoryStream = beast::test::stream;

class BeastPeer : public testing::Test {
 protected:
  BeastPeer() : ours_(context_), theirs_(context_) { ours_.connect(theirs_.next_layer()); }

  // Beast as a client connects, and the test answers with our key.
  void shakeHands() {
    bool done = false;
    theirs_.async_handshake("localhost", "/", [&](const beast::error_code& error) {
      EXPECT_FALSE(error) << error.message();
      done = true;
    });
    context_.restart();
    context_.poll();
    const std::string request{ours_.str()};
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name) + name.size();
    const std::string key = request.substr(at, request.find("\r\n", at) - at);
    EXPECT_TRUE(validClientKey(key));
    ours_.clear();
    write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
          acceptKey(key) + "\r\n\r\n");
    context_.restart();
    context_.poll();
    ASSERT_TRUE(done);
  }
  void write(std::string_view bytes) { boost::asio::write(ours_, boost::asio::buffer(bytes)); }
  // What Beast wrote.
  std::string written() {
    const std::string bytes{ours_.str()};
    ours_.clear();
    return bytes;
  }

  boost::asio::io_context context_;
  MemoryStream ours_;
  websocket::stream<MemoryStream> theirs_;
  std::mt19937 random_{20261125};

  std::string payload(std::size_t most) {
    std::string out(random_() % (most + 1), 0);
    for (char& c : out) c = static_cast<char>(random_());
    return out;
  }
};

TEST_F(BeastPeer, WeReadWhatBeastWritesInPiecesOfAnySize) {
  shakeHands();
  theirs_.binary(true);
  std::string bytes;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(payload(i % 10 == 0 ? 70'000 : 300));
    theirs_.auto_fragment(i % 3 == 0);
    theirs_.write_buffer_bytes(8 + random_() % 500);
    theirs_.write(boost::asio::buffer(expected.back()));
    if (i % 7 == 0) theirs_.ping("p");
    bytes += written();
  }
  Decoder decoder{Decoder::Role::server, 1 << 20};
  std::size_t next = 0;
  int pings = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    std::string piece = bytes.substr(at, 1 + random_() % 5000);
    at += piece.size();
    std::span<std::byte> rest = std::as_writable_bytes(std::span(piece));
    for (;;) {
      const auto message = decoder.next(rest);
      ASSERT_TRUE(message) << message.error().reason;
      if (!*message) break;
      if ((*message)->opcode == Opcode::ping) {
        ++pings;
        continue;
      }
      const std::string_view got{reinterpret_cast<const char*>((*message)->payload.data()), (*message)->payload.size()};
      ASSERT_LT(next, expected.size());
      ASSERT_EQ(got, expected[next++]);
    }
  }
  EXPECT_EQ(next, expected.size());
  EXPECT_EQ(pings, 29);
  EXPECT_EQ(decoder.heldBytes(), 0u);
}

TEST_F(BeastPeer, BeastReadsWhatWeWrite) {
  shakeHands();
  theirs_.read_message_max(1 << 20);
  for (int i = 0; i < 200; ++i) {
    const std::string expected = payload(i % 10 == 0 ? 70'000 : 300);
    std::string bytes;
    std::size_t at = 0;
    Opcode opcode = Opcode::binary;
    while (random_() % 3 == 0) {  // fragments, some empty, with pings between
      const std::size_t size = random_() % (expected.size() - at + 1);
      appendFrame(bytes, opcode, expected.substr(at, size), false);
      appendFrame(bytes, Opcode::ping, "p");
      at += size;
      opcode = Opcode::continuation;
    }
    appendFrame(bytes, opcode, expected.substr(at));
    write(bytes);
    beast::flat_buffer buffer;
    beast::error_code error;
    theirs_.read(buffer, error);
    ASSERT_FALSE(error) << error.message();
    ASSERT_EQ(beast::buffers_to_string(buffer.data()), expected);
    EXPECT_TRUE(theirs_.got_binary());
  }
}

TEST_F(BeastPeer, BeastUnderstandsOurClose) {
  shakeHands();
  write(closeFrame(4001, "moved"));
  ours_.close();
  beast::flat_buffer buffer;
  beast::error_code error;
  theirs_.read(buffer, error);
  EXPECT_EQ(error, websocket::error::closed);
  EXPECT_EQ(theirs_.reason().code, 4001);
  EXPECT_EQ(std::string_view(theirs_.reason().reason), "moved");
  std::string answer = written();
  std::span<std::byte> rest = std::as_writable_bytes(std::span(answer));
  Decoder decoder{Decoder::Role::server, 100};
  const auto message = decoder.next(rest);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->closeCode, 4001);
}

// Where one of the two refuses a stream, so does the other: frames with one byte changed.
TEST_F(BeastPeer, BothRefuseTheSameDamagedFrames) {
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    boost::asio::io_context context;
    MemoryStream ours{context};
    websocket::stream<MemoryStream> theirs{context};
    ours.connect(theirs.next_layer());
    std::string bytes = frame(Opcode::binary, "abcdef") + frame(Opcode::ping, "p") + frame(Opcode::text, "é");
    bytes[random_() % 2 + (random_() % 2) * 8] ^= static_cast<char>(1 << random_() % 8);
    bytes += frame(Opcode::binary, std::string(300, 'x'));

    Decoder decoder{Decoder::Role::client, 1 << 16};
    std::string input = bytes;
    std::span<std::byte> rest = std::as_writable_bytes(std::span(input));
    bool weRefuse = false;
    for (;;) {
      const auto message = decoder.next(rest);
      weRefuse = !message;
      if (!message || !*message || (*message)->opcode == Opcode::close) break;
    }

    bool open = false;
    theirs.read_message_max(1 << 16);
    theirs.async_handshake("localhost", "/", [&](const beast::error_code& error) { open = !error; });
    context.poll();
    const std::string request{ours.str()};
    const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        acceptKey(request.substr(at, 24)) + "\r\n\r\n";
    boost::asio::write(ours, boost::asio::buffer(answer));
    context.restart();
    context.poll();
    ASSERT_TRUE(open);
    boost::asio::write(ours, boost::asio::buffer(bytes));
    ours.close();
    beast::error_code error;
    while (!error) {
      beast::flat_buffer buffer;
      theirs.read(buffer, error);
    }
    const bool ended = error == boost::asio::error::eof || error == websocket::error::closed;
    EXPECT_EQ(weRefuse, !ended) << error.message() << ", round " << i;
    refused += weRefuse ? 1 : 0;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace duramen::wire
