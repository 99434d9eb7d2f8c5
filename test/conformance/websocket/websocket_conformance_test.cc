// RFC 6455 and RFC 7692 against the real server over a socket. Each case is bytes that a client sends, and what has to
// come of them: the messages that are echoed, the control frames that are answered, and the close code that the server
// gives, if it ends the connection. Each is sent whole, and again one byte at a time.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/test_peer.h"
#include "wire/testing/deflate.h"
#include "wire/websocket.h"

namespace duramen::server {
namespace {

using test::Peer;
using wire::MaskKey;
using wire::Opcode;
using wire::testing::deflated;

constexpr std::size_t messageBytes = 70'000;
constexpr std::size_t fragments = 16 * 1024;
constexpr MaskKey key{0x37, 0xfa, 0x21, 0x3d};

struct Case {
  std::string name;                  // with its section
  std::string sent;                  // by the client
  std::vector<std::string> answers;  // "binary:...", "pong:...", in order; long ones are told by their size
  int close = 0;                     // the code that the server closes with; 0: it does not
  bool deflate = false;              // whether permessage-deflate is agreed on
};

// What a client sends.

std::string masked(Opcode opcode, std::string_view payload, bool final = true) {
  std::string out;
  wire::appendMaskedFrame(out, opcode, payload, key, final);
  return out;
}
// A frame whose header is given as it is; the payload is masked.
std::string raw(std::string header, std::string_view payload = {}) {
  header.append({0x37, '\xfa', 0x21, 0x3d});
  for (std::size_t i = 0; i < payload.size(); ++i) header += static_cast<char>(payload[i] ^ key[i % 4]);
  return header;
}
std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out += static_cast<char>(value);
  return out;
}
std::string closeWith(unsigned code, std::string_view reason = {}) {
  return masked(Opcode::close, bytes({code >> 8, code & 0xff}) + std::string(reason));
}
// After this nothing that was sent is on its way any more.
std::string farewell() { return closeWith(1000); }

std::string compressed(std::string_view payload, bool final = true, unsigned opcode = 2) {
  std::string out;
  wire::testing::appendCompressedFrame(out, payload, key, final, static_cast<Opcode>(opcode));
  return out;
}

std::string shownPayload(std::string_view payload) {
  return payload.size() <= 125 ? std::string(payload) : fmt::format("{} bytes", payload.size());
}

class Table {
 public:
  void add(std::string name, std::string sent, std::vector<std::string> answers, int close = 0, bool deflate = false) {
    cases_.push_back({std::move(name), std::move(sent), std::move(answers), close, deflate});
  }
  std::vector<Case> take() { return std::move(cases_); }

 private:
  std::vector<Case> cases_;
};

// 5.2: lengths, in their shortest forms and in others.
void lengths(Table& table) {
  for (const std::size_t size :
       {0U, 1U, 2U, 124U, 125U, 126U, 127U, 128U, 255U, 256U, 65'534U, 65'535U, 65'536U, 70'000U}) {
    const std::string payload(size, 'x');
    table.add(fmt::format("5.2 a binary message of {} bytes", size), masked(Opcode::binary, payload),
              {"binary:" + shownPayload(payload)});
  }
  table.add("5.2 a message of more bytes than are taken", masked(Opcode::binary, std::string(messageBytes + 1, 'x')),
            {}, 1009);
  table.add("5.2 a length of more bytes than are taken, before they come",
            raw(bytes({0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0})), {}, 1009);
  for (const unsigned size : {0U, 1U, 125U})
    table.add(fmt::format("5.2 {} as 16 bits", size), raw(bytes({0x82, 0xfe, 0, size}), std::string(size, 'x')), {},
              1002);
  for (const unsigned size : {0U, 125U, 126U, 65'535U})
    table.add(fmt::format("5.2 {} as 64 bits", size),
              raw(bytes({0x82, 0xff, 0, 0, 0, 0, 0, 0, size >> 8, size & 0xff})), {}, 1002);
  table.add("5.2 a length with its highest bit", raw(bytes({0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0})), {}, 1002);
  for (const std::size_t size : {0U, 1U, 125U})
    table.add(fmt::format("5.5.2 a ping of {} bytes", size), masked(Opcode::ping, std::string(size, 'p')),
              {"pong:" + std::string(size, 'p')});
  for (const unsigned opcode : {8U, 9U, 10U})
    for (const unsigned field : {126U, 127U})
      table.add(fmt::format("5.5 a control frame ({}) of length field {}", opcode, field),
                raw(bytes({0x80 | opcode, 0x80 | field, 0, 126})), {}, 1002);
}

// 5.2: each opcode, each reserved bit, and no mask.
void headers(Table& table) {
  for (unsigned opcode = 0; opcode < 16; ++opcode) {
    const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
    if (!known) table.add(fmt::format("5.2 opcode {}", opcode), raw(bytes({0x80 | opcode, 0x80})), {}, 1002);
    for (const unsigned bit : {0x10U, 0x20U, 0x30U, 0x40U, 0x50U, 0x60U, 0x70U})
      if (opcode <= 2 || (opcode >= 8 && opcode <= 10))
        table.add(fmt::format("5.2 opcode {} with reserved bits {:02x}", opcode, bit),
                  raw(bytes({0x80 | bit | opcode, 0x80})), {}, 1002);
    if (known) table.add(fmt::format("5.1 opcode {} without a mask", opcode), bytes({0x80 | opcode, 0}), {}, 1002);
  }
  for (const unsigned opcode : {8U, 9U, 10U})
    table.add(fmt::format("5.4 a fragmented control frame ({})", opcode), raw(bytes({opcode, 0x80})), {}, 1002);
  for (const MaskKey& each : {MaskKey{0, 0, 0, 0}, MaskKey{255, 255, 255, 255}, MaskKey{1, 2, 3, 4}}) {
    std::string out;
    wire::appendMaskedFrame(out, Opcode::binary, "masked by any key", each);
    table.add(fmt::format("5.3 the mask {:02x}{:02x}{:02x}{:02x}", each[0], each[1], each[2], each[3]), out,
              {"binary:masked by any key"});
  }
  table.add("5.5.3 a pong that nobody asked for", masked(Opcode::pong, "x") + masked(Opcode::binary, "after"),
            {"binary:after"});
  table.add("5.6 a text message, which this server does not take", masked(Opcode::text, "hello"), {}, 1003);
}

// 5.4: fragments in any number, with control frames between them.
void fragmentation(Table& table) {
  for (const std::size_t parts : {1U, 2U, 3U, 10U, 100U}) {
    std::string sent;
    std::string whole;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::string part = i % 3 == 0 ? "" : fmt::format("{},", i);
      sent += masked(i == 0 ? Opcode::binary : Opcode::continuation, part, i + 1 == parts);
      whole += part;
    }
    table.add(fmt::format("5.4 {} fragments", parts), sent, {"binary:" + shownPayload(whole)});
  }
  // Control frames at each place of a message of three fragments.
  for (unsigned places = 1; places < 16; ++places) {
    std::string sent;
    std::vector<std::string> answers;
    for (unsigned i = 0; i < 4; ++i) {
      if ((places >> i & 1) != 0) {
        sent += masked(Opcode::ping, fmt::format("p{}", i));
        answers.push_back(fmt::format("pong:p{}", i));
      }
      if (i == 3) break;
      sent += masked(i == 0 ? Opcode::binary : Opcode::continuation, fmt::format("f{}", i), i == 2);
      if (i == 2) answers.emplace_back("binary:f0f1f2");
    }
    table.add(fmt::format("5.4 pings at the places {:04b} of three fragments", places), sent, answers);
  }
  table.add("5.4 a close between fragments", masked(Opcode::binary, "a", false) + closeWith(1001), {}, 1001);
  table.add("5.4 a continuation of nothing", masked(Opcode::continuation, "x"), {}, 1002);
  table.add("5.4 a continuation of nothing that is not final", masked(Opcode::continuation, "x", false), {}, 1002);
  table.add("5.4 a continuation after a whole message", masked(Opcode::binary, "x") + masked(Opcode::continuation, "y"),
            {"binary:x"}, 1002);
  table.add("5.4 a message within another", masked(Opcode::binary, "x", false) + masked(Opcode::binary, "y"), {}, 1002);
  table.add("5.4 a text within a binary message", masked(Opcode::binary, "x", false) + masked(Opcode::text, "y"), {},
            1002);
  table.add(
      "5.4 fragments that are too much together",
      masked(Opcode::binary, std::string(40'000, 'x'), false) + masked(Opcode::continuation, std::string(40'000, 'x')),
      {}, 1009);
  std::string many = masked(Opcode::binary, "", false);
  for (std::size_t i = 1; i < fragments; ++i) many += masked(Opcode::continuation, "", i + 1 == fragments);
  table.add("5.4 as many fragments as are taken", many, {"binary:"});
  many = masked(Opcode::binary, "", false);
  for (std::size_t i = 0; i < fragments; ++i) many += masked(Opcode::continuation, "", false);
  table.add("5.4 one fragment more", many, {}, 1008);
}

// 7.4: codes, and what stands beside them.
void closing(Table& table) {
  const auto allowed = [](unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
  };
  for (const unsigned code :
       {0U,    1U,    999U,  1000U, 1001U, 1002U, 1003U, 1004U, 1005U, 1006U, 1007U, 1008U, 1009U, 1010U, 1011U,  1012U,
        1013U, 1014U, 1015U, 1016U, 1100U, 1999U, 2000U, 2999U, 3000U, 3001U, 3999U, 4000U, 4999U, 5000U, 65'535U})
    table.add(fmt::format("7.4 close code {}", code), closeWith(code), {},
              allowed(code) ? static_cast<int>(code) : 1002);
  table.add("7.1.5 a close without a code", masked(Opcode::close, ""), {}, 1000);
  table.add("5.5.1 a close of one byte", masked(Opcode::close, "x"), {}, 1002);
  table.add("5.5.1 a close with a reason", closeWith(1000, "goodbye"), {}, 1000);
  table.add("5.5.1 a close with the longest reason", closeWith(1000, std::string(123, 'r')), {}, 1000);
  table.add("5.5.1 a close with a reason that is not UTF-8", closeWith(1000, "\xff"), {}, 1007);
  table.add("5.5.1 a close with a reason that is cut off", closeWith(1000, "\xe2\x82"), {}, 1007);
  table.add("5.5.1 what follows a close is not looked at", closeWith(1000) + masked(Opcode::binary, "late"), {}, 1000);
  table.add("7.1.7 nothing more is looked at after a mistake",
            raw(bytes({0x83, 0x80})) + masked(Opcode::binary, "late"), {}, 1002);
}

// 8.1: UTF-8, cut at every byte into fragments; what is wrong is known at its first wrong byte. This server takes no
// text: a good one is refused as such.
void utf8(Table& table) {
  // NOLINTBEGIN(bugprone-suspicious-missing-comma): a literal ends so that no hexadecimal digit follows its escape
  const std::string good[] = {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
                              "\xf0\x9f\x98\x80",
                              "\xef\xbf\xbf",
                              "\xf4\x8f\xbf\xbf",
                              "\xed\x9f\xbf",
                              "\xc2\x80",
                              "a\xe2\x82\xac"
                              "b"};
  int n = 0;
  for (const std::string& text : good) {
    ++n;
    for (std::size_t at = 0; at <= text.size(); ++at)
      table.add(fmt::format("8.1 good text {} cut at {}", n, at),
                masked(Opcode::text, text.substr(0, at), false) + masked(Opcode::continuation, text.substr(at)), {},
                1003);
  }
  const std::string bad[] = {"\x80",
                             "\xbf",
                             "\xc0\xaf",
                             "\xc1\xbf",
                             "\xe0\x80\xaf",
                             "\xe0\x9f\xbf",
                             "\xed\xa0\x80",
                             "\xed\xbf\xbf",
                             "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xfe",
                             "\xff",
                             "\xc3"
                             "a",
                             "\xe2\x82"
                             "a",
                             "\xf0\x9f\x98"
                             "a"};
  n = 0;
  for (const std::string& text : bad) {
    ++n;
    table.add(fmt::format("8.1 bad text {}", n), masked(Opcode::text, text), {}, 1007);
    // Fail fast: the message has not ended.
    table.add(fmt::format("8.1 bad text {} of which more would come", n), masked(Opcode::text, "ok" + text, false), {},
              1007);
    for (std::size_t at = 1; at < text.size(); ++at)
      table.add(fmt::format("8.1 bad text {} cut at {}", n, at),
                masked(Opcode::text, text.substr(0, at), false) + masked(Opcode::continuation, text.substr(at)), {},
                1007);
  }
  // NOLINTEND(bugprone-suspicious-missing-comma)
  for (const std::string& cut : {std::string("\xc3"), std::string("\xe2\x82"), std::string("\xf0\x9f\x98")})
    table.add(fmt::format("8.1 text that ends within a character of {} bytes", cut.size() + 1),
              masked(Opcode::text, cut), {}, 1007);
  table.add("8.1 a binary message need not be UTF-8", masked(Opcode::binary, "\xff\xfe"), {"binary:\xff\xfe"});
}

// RFC 7692.
void deflate(Table& table) {
  const auto add = [&](const std::string& name, std::string sent, std::vector<std::string> answers, int close = 0) {
    table.add("7692 " + name, std::move(sent), std::move(answers), close, true);
  };
  for (const std::size_t size : {0U, 1U, 5U, 125U, 126U, 1000U, 65'536U, 70'000U}) {
    const std::string text(size, 'z');
    add(fmt::format("7.2.2 a message of {} bytes", size), compressed(deflated(text)), {"binary:" + shownPayload(text)});
  }
  add("6 a message that is not compressed", masked(Opcode::binary, "plain"), {"binary:plain"});
  add("7.2.3.1 the RFC's own example", compressed("\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')), {"binary:Hello"});
  add("7.2.3.2 no window is kept",
      compressed("\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')) + compressed(bytes({0xf2, 0, 0x11, 0, 0})),
      {"binary:Hello"}, 1007);
  add("7.2.3.3 a stored block", compressed(bytes({0, 5, 0, 0xfa, 0xff}) + "Hello" + std::string(1, '\0')),
      {"binary:Hello"});
  add("7.2.3.4 a block that calls itself the last", compressed("\xf3\x48\xcd\xc9\xc9\x07" + std::string(2, '\0')),
      {"binary:Hello"});
  add("7.2.3.5 two blocks in one message",
      compressed("\xf2\x48\x05" + std::string("\x00\x00\x00\xff\xff", 5) + "\xca\xc9\xc9\x07" + std::string(1, '\0')),
      {"binary:Hello"});
  const std::string text = "a text that is cut into fragments anywhere, anywhere, anywhere";
  const std::string whole = deflated(text);
  for (std::size_t at = 0; at <= whole.size(); at += 7)
    add(fmt::format("6.1 cut at {}", at),
        compressed(whole.substr(0, at), false) + masked(Opcode::continuation, whole.substr(at)), {"binary:" + text});
  add("6.1 a ping between compressed fragments",
      compressed(whole.substr(0, 9), false) + masked(Opcode::ping, "p") + masked(Opcode::continuation, whole.substr(9)),
      {"pong:p", "binary:" + text});
  add("6.1 the bit on a continuation", compressed(whole.substr(0, 9), false) + raw(bytes({0xc0, 0x80})), {}, 1002);
  for (const unsigned opcode : {8U, 9U, 10U})
    add(fmt::format("6.1 the bit on a control frame ({})", opcode), raw(bytes({0xc0 | opcode, 0x80})), {}, 1002);
  for (const unsigned bit : {0x10U, 0x20U, 0x60U, 0x50U})
    add(fmt::format("6 the reserved bits {:02x}", bit), raw(bytes({0x80 | bit | 2, 0x80})), {}, 1002);
  add("7.2.2 what is no deflate", compressed("\xff\xff\xff\xff"), {}, 1007);
  add("7.2.2 a reserved block type", compressed("\x06"), {}, 1007);
  add("7.2.2 nothing at all", compressed(""), {}, 1007);
  add("7.2.2 a message that is cut off", compressed(whole.substr(0, whole.size() / 2)), {}, 1007);
  std::string bomb;
  bomb.resize(10'000'000, 'b');
  add("8 a bomb", compressed(deflated(bomb)), {}, 1009);
  add("8 one byte more than is taken", compressed(deflated(std::string(messageBytes + 1, 'b'))), {}, 1009);
  add("8.1 text that is not UTF-8 when it is inflated", compressed(deflated("\xff"), true, 1), {}, 1007);
  add("5.6 a good text, which this server does not take", compressed(deflated("hello"), true, 1), {}, 1003);
  table.add("7692 7 a compressed message where nothing was agreed on", compressed(whole), {}, 1002);
}

std::vector<Case> allCases() {
  Table table;
  lengths(table);
  headers(table);
  fragmentation(table);
  closing(table);
  utf8(table);
  deflate(table);
  return table.take();
}

struct Outcome {
  std::vector<std::string> answers;
  int close = 0;  // 0: it was ours, and was answered as such
};

std::string nameOf(Opcode opcode) {
  switch (opcode) {
    case Opcode::text:
      return "text";
    case Opcode::binary:
      return "binary";
    case Opcode::ping:
      return "ping";
    case Opcode::pong:
      return "pong";
    default:
      return "?";
  }
}

std::unique_ptr<Peer> upgraded(const std::string& address, bool deflate) {
  auto peer = std::make_unique<Peer>(address);
  peer->send(
      fmt::format("GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
                  deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : ""));
  const std::string head = peer->readUntil("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
  EXPECT_EQ(head.contains("permessage-deflate"), deflate);
  return peer;
}
bool isSilent(const Peer& peer) {
  pollfd wait{.fd = peer.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, 300) == 0;
}

// `ends`: a server that does not close as expected gets an end of input.
Outcome run(const std::string& address, const Case& each, std::size_t step, bool ends = false) {
  const auto peer = upgraded(address, each.deflate);
  std::string all = each.sent;
  if (each.close == 0 || ends) all += farewell();
  for (std::size_t at = 0; at < all.size(); at += step) peer->send(all.substr(at, step));
  Outcome outcome;
  for (;;) {
    if (ends && isSilent(*peer)) peer->endOutput();
    const Peer::Frame frame = peer->readFrame();
    if (frame.opcode == Opcode::close) {
      outcome.close = each.close == 0 && frame.closeCode == 1000 ? 0 : frame.closeCode;
      break;
    }
    if (frame.opcode == Opcode{}) {
      outcome.close = -1;  // it ended without a word
      break;
    }
    outcome.answers.push_back(nameOf(frame.opcode) + ":" + shownPayload(frame.payload));
  }
  return outcome;
}

class WebSocketConformanceTest : public testing::TestWithParam<bool> {};

TEST_P(WebSocketConformanceTest, OfEachCase) {
  const bool byteByByte = GetParam();
  test::TestServer server{{.messageBytes = messageBytes, .framesPerSecond = 1'000'000}};
  const std::vector<Case> cases = allCases();
  EXPECT_GE(cases.size(), 300U);
  for (const Case& each : cases) {
    if (byteByByte && each.sent.size() > 80'000) continue;  // a system call for each byte
    const Outcome outcome = run(server.address(), each, byteByByte ? 1 : std::max<std::size_t>(each.sent.size(), 1));
    EXPECT_EQ(outcome.answers, each.answers) << each.name;
    EXPECT_EQ(outcome.close, each.close) << each.name;
  }
  RecordProperty("cases", static_cast<int>(cases.size()));
  fmt::print("{} cases\n", cases.size());
}

INSTANTIATE_TEST_SUITE_P(Sent, WebSocketConformanceTest, testing::Values(false, true),
                         [](const auto& param) { return param.param ? "ByteByByte" : "Whole"; });

std::string shownOutcome(const std::vector<std::string>& answers, int close) {
  std::string all;
  for (const std::string& answer : answers) all += (all.empty() ? "" : ", ") + answer;
  if (close != 0) all += (all.empty() ? "" : ", ") + (close < 0 ? "ended" : fmt::format("closed with {}", close));
  return all.empty() ? "nothing" : all;
}

// The same cases, sent to another server (scripts/conformance): what it does otherwise is printed, and no failure.
TEST(WebSocketConformance, NextToAnotherServer) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
  const char* const address = std::getenv("WEBSOCKET_SERVER");
  if (!address) GTEST_SKIP() << "WEBSOCKET_SERVER names no server";
  int equal = 0;
  fmt::print("| Case | Ours | Theirs |\n|---|---|---|\n");
  for (const Case& each : allCases()) {
    const Outcome outcome = run(address, each, std::max<std::size_t>(each.sent.size(), 1), true);
    const std::string ours = shownOutcome(each.answers, each.close);
    const std::string theirs = shownOutcome(outcome.answers, outcome.close);
    equal += ours == theirs ? 1 : 0;
    if (ours != theirs) fmt::print("| {} | {} | {} |\n", each.name, ours, theirs);
  }
  fmt::print("\nequal: {}\n", equal);
}

// RFC 7692 §7.1: what of an offer is agreed on.
TEST(WebSocketConformance, OfOffers) {
  const std::string none = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  const std::pair<std::string, std::string> all[] = {
      {"permessage-deflate", none},
      {"permessage-deflate; client_max_window_bits", none},
      {"permessage-deflate; client_max_window_bits=10", none},
      {"permessage-deflate; server_max_window_bits=10", none + "; server_max_window_bits=10"},
      {"permessage-deflate; server_max_window_bits=\"12\"", none + "; server_max_window_bits=12"},
      {"permessage-deflate; server_no_context_takeover; client_no_context_takeover", none},
      {"x-other, permessage-deflate", none},
      {"permessage-deflate; unknown, permessage-deflate", none},
      {"permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9",
       none + "; server_max_window_bits=9"},
      {"", ""},
      {"x-other", ""},
      {"x-webkit-deflate-frame", ""},
      {"permessage-deflate; unknown", ""},
      {"permessage-deflate; server_max_window_bits", ""},
      {"permessage-deflate; server_max_window_bits=16", ""},
      {"permessage-deflate; server_max_window_bits=08", ""},
      {"permessage-deflate; client_max_window_bits=7", ""},
      {"permessage-deflate; client_max_window_bits=x", ""},
      {"permessage-deflate; server_no_context_takeover=1", ""},
      {"permessage-deflate; client_no_context_takeover; client_no_context_takeover", ""},
  };
  test::TestServer server;
  for (const auto& [offer, expected] : all) {
    Peer peer{server.address()};
    peer.send(
        "GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: " +
        offer + "\r\n\r\n");
    const std::string head = peer.readUntil("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << offer;
    const std::size_t at = head.find("Sec-WebSocket-Extensions: ");
    EXPECT_EQ(at == std::string::npos ? "" : head.substr(at + 26, head.find("\r\n", at) - at - 26), expected) << offer;
  }
}

}  // namespace
}  // namespace duramen::server
