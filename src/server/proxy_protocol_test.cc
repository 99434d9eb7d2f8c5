#include "server/proxy_protocol.h"

#include "server/test_peer.h"
#include "server/trusted_proxies.h"

namespace duramen::server {
namespace {

using test::Peer;
using test::TestServer;

std::string header(char command, char family, const std::string& rest) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes += command;
  bytes += family;
  bytes += static_cast<char>(rest.size() >> 8);
  bytes += static_cast<char>(rest.size() & 0xff);
  return bytes + rest;
}
std::string v4(const std::string& more = "") {
  return header('\x21', '\x11', std::string("\xc0\x00\x02\x07\x7f\x00\x00\x01\x12\x34\x00\x50", 12) + more);
}

std::string seen(const std::string& bytes) {
  const auto parsed = parseProxyHeader(bytes);
  return parsed ? "\"" + parsed->address + "\"" : parsed.error();
}

TEST(ProxyProtocol, NamesTheClient) {
  EXPECT_EQ(seen(v4()), "\"192.0.2.7\"");
  EXPECT_EQ(seen(v4(std::string("\x04\x00\x01x", 4))), "\"192.0.2.7\"");  // what else it tells is passed over
  EXPECT_EQ(seen(header('\x21', '\x21',
                        std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\x01' + std::string(20, '\0'))),
            "\"2001:db8::1\"");
  EXPECT_EQ(seen(header('\x20', '\0', "")), "\"\"");
  EXPECT_EQ(seen(header('\x21', '\x31', std::string(216, 'x'))), "\"\"");  // Unix sockets
}

TEST(ProxyProtocol, SaysWhatIsWrong) {
  EXPECT_EQ(seen("GET / HTTP/1.1\r\n"),
            "a connection of this proxy was to begin with the PROXY protocol's header, version 2");
  EXPECT_EQ(seen("PROXY TCP4 192.0"),
            "a connection of this proxy was to begin with the PROXY protocol's header, version 2");
  const std::string version = "the PROXY protocol's header is of another version than 2, or of an unknown command";
  EXPECT_EQ(seen(header('\x11', '\x11', std::string(12, '\0'))), version);
  EXPECT_EQ(seen(header('\x22', '\x11', std::string(12, '\0'))), version);
  EXPECT_EQ(seen(header('\x21', '\x11', std::string(11, '\0'))),
            "the PROXY protocol's header ends within its addresses");
  EXPECT_EQ(seen(header('\x21', '\x11', std::string(4097, '\0'))),
            "the PROXY protocol's header is longer than 4,112 bytes");
}

class BehindAProxy : public testing::Test {
 public:
  BehindAProxy() {
    server.run([&] { server.transport.accept(listener, {.proxyProtocolOf = &proxies}); });
  }

 protected:
  TrustedProxies proxies = TrustedProxies::of({"127.0.0.1"}).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server;
};

TEST_F(BehindAProxy, ARequestIsTheClients) {
  const std::string request = v4() + "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::size_t step : {request.size(), std::size_t{1}}) {
    Peer peer{listener.address()};
    for (std::size_t at = 0; at < request.size(); at += step) peer.send(request.substr(at, step));
    EXPECT_EQ(peer.readAnswer().status, 200);
    server.run([&] { EXPECT_EQ(server.handler.last.address, "192.0.2.7"); });
    EXPECT_EQ(peer.get("/b").status, 200);
  }
}

TEST_F(BehindAProxy, AConnectionWithoutAHeaderIsRefused) {
  Peer peer{listener.address()};
  peer.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.readAll(), "");
  EXPECT_TRUE(server.logged().contains("a connection of 127.0.0.1 was refused: a connection of this proxy"))
      << server.logged();
}

TEST(ProxyProtocolServer, BoundsTheConnectionsOfAClient) {
  const TrustedProxies proxies = TrustedProxies::of({"127.0.0.1"}).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server{{}, {.connectionsOfAddress = 1}};
  server.run([&] { server.transport.accept(listener, {.proxyProtocolOf = &proxies}); });
  const std::string request = v4() + "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  Peer one{listener.address()};
  one.send(request);
  EXPECT_EQ(one.readAnswer().status, 200);
  Peer two{listener.address()};
  two.send(request);
  const auto refused = two.readAnswer();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body, "your address has 1 connections, and may have no more; try again in 5 seconds\n");
  EXPECT_EQ(one.get("/").status, 200);
}

TEST(ProxyProtocolServer, BelievesNobodyElse) {
  const TrustedProxies proxies = TrustedProxies::of({"192.0.2.1"}).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server;
  server.run([&] { server.transport.accept(listener, {.proxyProtocolOf = &proxies}); });
  Peer liar{listener.address()};
  liar.send(v4() + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(liar.readAnswer().status, 400);
  Peer peer{listener.address()};
  EXPECT_EQ(peer.get("/").status, 200);
}

}  // namespace
}  // namespace duramen::server
