// RFC 9112 §9 and RFC 9110: what a connection does between requests, and what is expected of one.

#include "case.h"

namespace duramen::conformance {
namespace {

Case closing(std::string name, std::string bytes, std::string served) {
  return {.name = std::move(name), .bytes = std::move(bytes), .served = {std::move(served)}, .closes = true};
}
std::string http10(std::string_view fields) { return "GET / HTTP/1.0\r\n" + std::string(fields) + "\r\n"; }

std::vector<Case> persistence() {
  return {
      ok("Http11Keeps", get("/"), "GET /"),
      ok("Http11KeepAlive", get("/", "Connection: keep-alive\r\n"), "GET /"),
      closing("Http11Close", get("/", "Connection: close\r\n"), "GET /"),
      closing("Http11CloseInOtherCase", get("/", "connection: CLOSE\r\n"), "GET /"),
      closing("Http11CloseInAList", get("/", "Connection: te, close\r\n"), "GET /"),
      closing("Http11CloseWinsOverKeepAlive", get("/", "Connection: keep-alive, close\r\n"), "GET /"),
      closing("Http11CloseInSecondField", get("/", "Connection: keep-alive\r\nConnection: close\r\n"), "GET /"),
      ok("Http11OtherOption", get("/", "Connection: closed\r\n"), "GET /"),
      ok("Http11EmptyConnection", get("/", "Connection:\r\n"), "GET /"),
      ok("Http11ProxyConnection", get("/", "Proxy-Connection: close\r\n"), "GET /"),
      closing("Http10Closes", http10(""), "GET /"),
      closing("Http10ClosesWithHost", http10("Host: h\r\n"), "GET /"),
      ok("Http10KeepAlive", http10("Connection: keep-alive\r\n"), "GET /"),
      ok("Http10KeepAliveInOtherCase", http10("Connection: Keep-Alive\r\n"), "GET /"),
      closing("Http10CloseWinsOverKeepAlive", http10("Connection: keep-alive, close\r\n"), "GET /"),
      closing("Http10OtherOption", http10("Connection: te\r\n"), "GET /"),
      closing("ClosesAfterBody", post("Connection: close\r\nContent-Length: 5\r\n", "hello"), "POST / hello"),
      ok("UpgradeToWhatIsNotKnown", get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), "GET /"),
      ok("UpgradeWithoutConnection", get("/", "Upgrade: websocket\r\n"), "GET /"),
  };
}

std::vector<Case> pipelining() {
  Case closes{.name = "NothingAfterClose",
              .bytes = get("/1") + get("/2", "Connection: close\r\n") + get("/3"),
              .served = {"GET /1", "GET /2"},
              .closes = true};
  Case refuses{.name = "NothingAfterARefusal",
               .bytes = get("/1") + "BAD\r\n\r\n" + get("/3"),
               .served = {"GET /1"},
               .refused = 400};
  return {
      {.name = "InOrder", .bytes = get("/1") + get("/2") + get("/3"), .served = {"GET /1", "GET /2", "GET /3"}},
      {.name = "BodiesBetween",
       .bytes = post("Content-Length: 1\r\n", "a") + get("/2") + chunked("1\r\nb\r\n0\r\n\r\n") + get("/4"),
       .served = {"POST / a", "GET /2", "POST / b", "GET /4"}},
      {.name = "HeadBetween",
       .bytes = get("/1") + "HEAD /2 HTTP/1.1\r\nHost: h\r\n\r\n" + get("/3"),
       .served = {"GET /1", "HEAD /2", "GET /3"}},
      {.name = "EmptyLineAfterABody",
       .bytes = post("Content-Length: 1\r\n", "a") + "\r\n" + get("/2"),
       .served = {"POST / a", "GET /2"}},
      {.name = "MoreThanTheLength",
       .bytes = post("Content-Length: 1\r\n", "ab") + get("/2"),
       .served = {"POST / a"},
       .refused = 501},
      {.name = "TrailersThenARequest",
       .bytes = chunked("0\r\nA: b\r\n\r\n") + get("/2"),
       .served = {"POST /", "GET /2"}},
      {.name = "Http10Between",
       .bytes = "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/2"),
       .served = {"GET /1", "GET /2"}},
      std::move(closes),
      std::move(refuses),
  };
}

std::vector<Case> heads() {
  return {
      ok("HasNoBody", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD /"),
      ok("WithZeroLength", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "HEAD /"),
      bad("WithBody", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"),
      closing("OfHttp10", "HEAD / HTTP/1.0\r\n\r\n", "HEAD /"),
      {.name = "NextRefusalHasABody",
       .bytes = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nBAD\r\n\r\n",
       .served = {"HEAD /"},
       .refused = 400},
  };
}

std::vector<Case> expectations() {
  return {
      ok("Continue", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), "POST / hello"),
      ok("ContinueInOtherCase", post("expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"), "POST / hello"),
      ok("ContinueWithChunks", post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"),
         "POST / a"),
      ok("ContinueWithoutBody", get("/", "Expect: 100-continue\r\n"), "GET /"),
      closing("ContinueOfHttp10IsIgnored", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
              "POST / a"),
      bad("Other", get("/", "Expect: miracles\r\n"), 417),
      bad("OtherBesideContinue", get("/", "Expect: 100-continue, miracles\r\n"), 417),
      bad("OtherAfterContinue", get("/", "Expect: 100-continue\r\nExpect: miracles\r\n"), 417),
      bad("Empty", get("/", "Expect:\r\n"), 417),
      bad("ContinueWithParameter", get("/", "Expect: 100-continue;a=b\r\n"), 417),
      bad("ContinueWithoutLength", post("Expect: 100-continue\r\n", ""), 411),
  };
}

}  // namespace

std::vector<Section> connectionSections() {
  return {{"Rfc9112_9_3_Persistence", persistence()},
          {"Rfc9112_9_3_2_Pipelining", pipelining()},
          {"Rfc9110_9_3_2_Head", heads()},
          {"Rfc9110_10_1_1_Expect", expectations()}};
}

}  // namespace duramen::conformance
