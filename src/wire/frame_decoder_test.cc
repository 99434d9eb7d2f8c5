#include "wire/frame_decoder.h"

#include <gtest/gtest.h>

#include <vector>

#include "wire/testing/deflate.h"
#include "wire/websocket.h"

namespace duramen::wire {
namespace {

const MaskKey key{1, 2, 3, 4};

std::span<std::byte> writable(std::string& bytes) { return std::as_writable_bytes(std::span(bytes)); }
std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(FrameDecoder, BeginsNoMoreFramesThanItMay) {
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, "a", key, false);
  appendMaskedFrame(bytes, Opcode::continuation, "b", key, false);
  appendMaskedFrame(bytes, Opcode::continuation, "c", key);
  FrameDecoder decoder{Role::server, {}};
  std::span<std::byte> rest = writable(bytes);
  std::size_t frames = 2;
  std::string got;
  for (auto piece = decoder.next(rest, frames); *piece; piece = decoder.next(rest, frames))
    got += textOf((*piece)->payload);
  EXPECT_EQ(got, "ab");
  EXPECT_EQ(frames, 0U);
  EXPECT_EQ(rest.size(), bytes.size() / 3);
  frames = 2;
  const auto last = decoder.next(rest, frames);
  ASSERT_TRUE(last && *last);
  EXPECT_EQ(textOf((*last)->payload), "c");
  EXPECT_TRUE((*last)->last);
  EXPECT_EQ(frames, 1U);
}

TEST(FrameDecoder, HandsAMessageOutAsItArrivesAndHoldsNothingOfIt) {
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, std::string(100'000, 'a'), key);
  FrameDecoder decoder{Role::server, {.pieceBytes = 1000}};
  std::size_t got = 0, frames = 10;
  bool first = true, last = false;
  for (std::size_t at = 0; at < bytes.size(); at += 1500) {
    std::string part = bytes.substr(at, 1500);
    std::span<std::byte> rest = writable(part);
    for (auto piece = decoder.next(rest, frames); *piece; piece = decoder.next(rest, frames)) {
      EXPECT_LE((*piece)->payload.size(), 1000U);
      EXPECT_EQ((*piece)->first, first);
      first = false;
      last = (*piece)->last;
      got += (*piece)->payload.size();
    }
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(decoder.heldBytes(), 0U);
  }
  EXPECT_TRUE(last);
  EXPECT_EQ(got, 100'000U);
}

// 4 KB that stand for 4 MiB: each piece is a few KiB, whatever it costs to send them.
TEST(FrameDecoder, InflatesAFewKiBAtATime) {
  const std::string message(4 << 20, 'x');
  std::string bytes = testing::compressedFrame(message, key);
  ASSERT_LT(bytes.size(), 5000U);
  Inflaters inflaters;
  FrameDecoder decoder{Role::server, {}, &inflaters};
  std::span<std::byte> rest = writable(bytes);
  std::string got;
  std::size_t frames = 10;
  for (bool last = false; !last;) {
    const auto piece = decoder.next(rest, frames);
    ASSERT_TRUE(piece && *piece);
    EXPECT_LE((*piece)->payload.size(), 8U << 10);
    last = (*piece)->last;
    EXPECT_TRUE(last || decoder.hasMore() || !rest.empty());
    got += textOf((*piece)->payload);
  }
  EXPECT_TRUE(got == message);
  EXPECT_EQ(decoder.heldBytes(), 0U);
}

TEST(FrameDecoder, AControlFrameMayComeBetweenTheFramesOfACompressedMessage) {
  const std::string whole = testing::deflated(std::string(300'000, 'y'));
  std::string bytes;
  testing::appendCompressedFrame(bytes, std::string_view{whole}.substr(0, 40), key, false);
  appendMaskedFrame(bytes, Opcode::ping, "p", key);
  appendMaskedFrame(bytes, Opcode::continuation, std::string_view{whole}.substr(40), key);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    Inflaters inflaters;
    Decoder decoder{Role::server, {}, &inflaters};
    std::vector<std::string> got;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      std::string part = bytes.substr(at, size);
      std::span<std::byte> rest = writable(part);
      for (auto message = decoder.next(rest); *message; message = decoder.next(rest))
        got.push_back(textOf((*message)->payload));
    }
    EXPECT_TRUE(got == (std::vector<std::string>{"p", std::string(300'000, 'y')})) << size;
  }
}

TEST(FrameDecoder, GivesUpAMessageThatInflatesToTooMuchAsSoonAsItDoes) {
  std::string bytes = testing::compressedFrame(std::string(1 << 20, 'x'), key);
  Inflaters inflaters;
  FrameDecoder decoder{Role::server, {.messageBytes = 100'000}, &inflaters};
  std::span<std::byte> rest = writable(bytes);
  std::size_t frames = 1, got = 0;
  auto piece = decoder.next(rest, frames);
  for (; piece && *piece; piece = decoder.next(rest, frames)) got += (*piece)->payload.size();
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().closeCode, 1009);
  EXPECT_LE(got, 100'000U);
}

}  // namespace
}  // namespace duramen::wire
