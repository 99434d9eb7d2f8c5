#include "wire/websocket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace duramen::wire {
namespace {

struct Got {
  Opcode opcode{};
  std::string payload;
  std::uint16_t closeCode = 0;
  friend bool operator==(const Got&, const Got&) = default;
};

// Feeds `bytes` in pieces of `size`; the close code of an error ends the list.
std::vector<Got> decode(Decoder& decoder, std::string bytes, std::size_t size) {
  std::vector<Got> out;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    std::string piece = bytes.substr(at, size);  // a buffer of its own: nothing may point into an older one
    std::span<std::byte> rest = std::as_writable_bytes(std::span(piece));
    for (;;) {
      const auto message = decoder.next(rest);
      if (!message) {
        out.push_back({Opcode::close, "error", message.error().closeCode});
        return out;
      }
      if (!*message) break;
      const auto& [opcode, payload, code] = **message;
      out.push_back({opcode, {reinterpret_cast<const char*>(payload.data()), payload.size()}, code});
    }
    EXPECT_TRUE(rest.empty());
  }
  return out;
}

TEST(Decoder, ReadsMessagesSplitAnywhere) {
  std::string bytes;
  std::vector<Got> expected;
  std::mt19937 random{7};
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 1000u, 65535u, 65536u, 70000u}) {
    std::string payload(size, 0);
    for (char& c : payload) c = static_cast<char>(random());
    appendMaskedFrame(bytes, Opcode::binary, payload, {1, 2, 3, static_cast<std::uint8_t>(size)});
    expected.push_back({Opcode::binary, payload});
  }
  for (const std::size_t size : {1ul, 2ul, 3ul, 5ul, 13ul, 1000ul, 65536ul, bytes.size()}) {
    Decoder decoder{Decoder::Role::server, 1 << 20};
    EXPECT_EQ(decode(decoder, bytes, size), expected) << size;
    EXPECT_EQ(decoder.heldBytes(), 0u);
  }
}

TEST(Decoder, PutsFragmentsTogetherWithControlFramesBetween) {
  const MaskKey key{9, 8, 7, 6};
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, "", key, false);
  appendMaskedFrame(bytes, Opcode::ping, "one", key);
  appendMaskedFrame(bytes, Opcode::continuation, std::string(300, 'a'), key, false);
  appendMaskedFrame(bytes, Opcode::ping, "", key);
  appendMaskedFrame(bytes, Opcode::continuation, "", key, false);
  appendMaskedFrame(bytes, Opcode::pong, "two", key);
  appendMaskedFrame(bytes, Opcode::continuation, "end", key);
  appendMaskedFrame(bytes, Opcode::text, "é", key);
  const std::vector<Got> expected = {{Opcode::ping, "one"},
                                     {Opcode::ping, ""},
                                     {Opcode::pong, "two"},
                                     {Opcode::binary, std::string(300, 'a') + "end"},
                                     {Opcode::text, "é"}};
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    Decoder decoder{Decoder::Role::server, 1000};
    EXPECT_EQ(decode(decoder, bytes, size), expected) << size;
    EXPECT_EQ(decoder.heldBytes(), 0u);
  }
}

TEST(Decoder, UnmasksInPlaceAndHoldsNothingOfAWholeMessage) {
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, "in place", {1, 2, 3, 4});
  std::span<std::byte> rest = std::as_writable_bytes(std::span(bytes));
  Decoder decoder{Decoder::Role::server, 1000};
  const auto message = decoder.next(rest);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ(static_cast<const void*>((*message)->payload.data()), bytes.data() + 6);
  EXPECT_EQ(decoder.heldBytes(), 0u);
}

TEST(Decoder, AllocatesWhatArrivesNotWhatIsAnnounced) {
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, std::string(1 << 20, 'a'), {1, 2, 3, 4});
  Decoder decoder{Decoder::Role::server, 1 << 20};
  decode(decoder, bytes.substr(0, 100), 100);
  EXPECT_LT(decoder.heldBytes(), 1000u);
}

TEST(Decoder, LimitsTheWholeMessageNotOnlyAFrame) {
  const MaskKey key{9, 8, 7, 6};
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, std::string(60, 'a'), key, false);
  appendMaskedFrame(bytes, Opcode::ping, std::string(60, 'p'), key);
  std::string fits = bytes;
  appendMaskedFrame(fits, Opcode::continuation, std::string(40, 'b'), key);
  appendMaskedFrame(bytes, Opcode::continuation, std::string(41, 'b'), key);
  Decoder one{Decoder::Role::server, 100};
  EXPECT_EQ(decode(one, fits, 7).back().payload.size(), 100u);
  Decoder two{Decoder::Role::server, 100};
  EXPECT_EQ(decode(two, bytes, 7).back(), (Got{Opcode::close, "error", 1009}));
}

TEST(CloseFrame, CutsALongReasonAtACharactersEnd) {
  std::string reason(122, 'a');
  reason += "é and more";
  std::string bytes = closeFrame(1000, reason);
  Decoder decoder{Decoder::Role::client, 0};
  EXPECT_EQ(decode(decoder, bytes, bytes.size()), (std::vector<Got>{{Opcode::close, std::string(122, 'a'), 1000}}));
}

TEST(AcceptKey, IsThatOfTheRfc) {
  EXPECT_EQ(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(validClientKey("dGhlIHNhbXBsZSBub25jZQ=="));
  for (const char* bad : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBs ZSBub25jZQ=="})
    EXPECT_FALSE(validClientKey(bad)) << bad;
}

}  // namespace
}  // namespace duramen::wire
