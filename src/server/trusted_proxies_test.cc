#include "server/trusted_proxies.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TrustedProxies proxiesOf(const std::vector<std::string>& ranges) {
  auto proxies = TrustedProxies::of(ranges);
  EXPECT_TRUE(proxies) << proxies.error();
  return *proxies;
}

// What a server that trusts 10.0.0.0/8 makes of a request: "address scheme host", or what is wrong.
std::string seen(const std::string& peer, Headers headers, const std::vector<std::string>& trusted = {"10.0.0.0/8"}) {
  Request request;
  request.address = peer;
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", "inner");
  if (const auto applied = proxiesOf(trusted).apply(request); !applied) return applied.error();
  return request.address + " " + request.scheme + " " + std::string(request.header("Host"));
}

TEST(TrustedProxies, AreBelieved) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}}),
            "192.0.2.7 https inner");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "192.0.2.7:4711"}, {"X-Forwarded-Host", "example.com"}}),
            "192.0.2.7 http example.com");
  EXPECT_EQ(seen("10.0.0.1", {{"Forwarded", "for=192.0.2.7;proto=HTTPS;host=\"example.com:8443\""}}),
            "192.0.2.7 https example.com:8443");
  EXPECT_EQ(seen("10.0.0.1", {{"Forwarded", "For=\"[2001:db8::1]:4711\""}}), "2001:db8::1 http inner");
  EXPECT_EQ(seen("10.0.0.1", {}), "10.0.0.1 http inner");
}

TEST(TrustedProxies, MayNameTheSchemesOfWebSockets) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-Proto", "wss"}}), "10.0.0.1 https inner");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-Proto", "WS"}}), "10.0.0.1 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"Forwarded", "for=192.0.2.7;proto=wss"}}), "192.0.2.7 https inner");
  EXPECT_EQ(seen("192.0.2.9", {{"X-Forwarded-Proto", "wss"}}), "192.0.2.9 http inner");
}

TEST(TrustedProxies, NobodyElseIs) {
  const Headers lies = {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil"}};
  EXPECT_EQ(seen("192.0.2.9", lies), "192.0.2.9 http inner");
  EXPECT_EQ(seen("", lies), " http inner");
  EXPECT_EQ(seen("10.0.0.1", lies, {}), "10.0.0.1 http inner");
}

TEST(TrustedProxies, AClientsOwnWordsBeforeThemAreNot) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, 192.0.2.7"}}), "192.0.2.7 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "192.0.2.7, 10.9.9.9"}}),
            "192.0.2.7 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, unknown"}}), "10.0.0.1 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"Forwarded", "for=1.1.1.1, for=_hidden, for=10.0.0.2"}}), "10.0.0.2 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"Forwarded", "for=\"1.1.1.1, for=2.2.2.2\", for=192.0.2.7"}}), "192.0.2.7 http inner");
}

TEST(TrustedProxies, OfTwoAccountsThatDisagreeNeitherIsBelieved) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=1.1.1.1"}}),
            "X-Forwarded-For and Forwarded name different clients");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=192.0.2.7;host=evil"}}),
            "192.0.2.7 http inner");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-Proto", "gopher"}}),
            "the proxy's header names a scheme other than http, https, ws and wss");
}

TEST(TrustedProxies, AreNamedByRanges) {
  const TrustedProxies proxies = proxiesOf({"10.0.0.0/9", "192.0.2.1", "fd00::/8", "::1"});
  for (const char* const address : {"10.0.0.0", "10.127.255.255", "192.0.2.1", "fd12::1", "::1"})
    EXPECT_TRUE(proxies.trust(address)) << address;
  for (const char* const address : {"10.128.0.0", "192.0.2.2", "fe00::1", "::2", "", "unix", "::ffff:192.0.2.2"})
    EXPECT_FALSE(proxies.trust(address)) << address;
  EXPECT_TRUE(proxiesOf({"unix"}).trust(""));
  EXPECT_TRUE(proxiesOf({"0.0.0.0/0"}).trust("1.2.3.4"));
  EXPECT_FALSE(proxiesOf({"0.0.0.0/0"}).trust("2001:db8::1"));
  EXPECT_TRUE(proxiesOf({"::/0"}).trust("1.2.3.4"));
}

TEST(TrustedProxies, SayWhichRangeIsNone) {
  EXPECT_EQ(TrustedProxies::of({"10.0.0.0/33"}).error(),
            "cannot trust the proxy \"10.0.0.0/33\": expected an address or a range, such as 10.0.0.0/8 or ::1, or "
            "unix");
  for (const char* const wrong : {"", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "example.com", "10.0.0.0/8x"})
    EXPECT_FALSE(TrustedProxies::of({wrong})) << wrong;
}

}  // namespace
}  // namespace duramen::server
