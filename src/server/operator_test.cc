// What an operator and a proxy see of a whole server: its log, and the answers that are made for proxies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/testing/temporary_directory.h"
#include "duramen/html.h"
#include "duramen/server.h"
#include "server/test_peer.h"
#include "wire/realtime.h"

namespace duramen {
namespace {

using server::test::Peer;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Slow;
struct Env {
  Namespace<Slow> slow{"slow"};
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using TestContext = Context<Env>;

struct Word : Key<Word> {
  using Key::Key;
};
constexpr Path<"/"> rootPath;
constexpr Path<"/word/:word", Word> wordPath;

// What computes for so long is in the log.
void compute() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{120};
  while (std::chrono::steady_clock::now() < end) {
  }
}
class Slow : public DurableObject {
 public:
  using DurableObject::DurableObject;
  int slow() const {
    compute();
    return 1;
  }
  int quick() const { return 1; }
};
constexpr Path<"/slow"> slowPath;
constexpr Path<"/slow-object"> slowObjectPath;
constexpr Path<"/slow-after"> slowAfterPath;
Node slowPage(TestContext&) {
  compute();
  return html::main("slow");
}
Task<Node> slowObjectPage(TestContext& ctx) {
  const int value = co_await ctx.env.slow.at("o").call<&Slow::slow>();
  co_return html::main(value);
}
Task<Node> slowAfterPage(TestContext& ctx) {
  const int value = co_await ctx.env.slow.at("o").call<&Slow::quick>();
  compute();
  co_return html::main(value);
}

Node rootPage(TestContext&) { return html::main("root"); }
Node wordPage(TestContext&, Word word) { throw std::runtime_error("no such word: " + std::string(word.view())); }

Task<int> setCookies(TestContext& ctx) {
  ctx.setCookie({.name = "said", .value = "a", .secure = false});
  ctx.setCookie({.name = "unsaid", .value = "b"});
  co_return 1;
}
constexpr Action<"setCookies", setCookies> setCookiesAction;

Node wholeDocument(Node page) { return html::html(html::head(html::title("Test")), html::body(std::move(page))); }
App<TestContext> testApp() {
  return defineApp<TestContext>(
      realtimeRoute(&Env::realtime), actions(setCookiesAction),
      render(wholeDocument, route(rootPath, rootPage), route(wordPath, wordPage), route(slowPath, slowPage),
             route(slowObjectPath, slowObjectPage), route(slowAfterPath, slowAfterPage)));
}

// A server, and what it logged.
class OperatedServer {
 public:
  using Change = std::function<void(ServerOptions&)>;
  explicit OperatedServer(const Change& change = nullptr) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.data = folder_ / "data";
    options.threads = 1;
    options.drain = std::chrono::milliseconds{500};
    options.log = [this](LogLevel, std::string_view text) {
      const std::lock_guard lock{mutex_};
      lines_.emplace_back(text);
    };
    if (change) change(options);
    server_.emplace(testApp(), env_, std::move(options));
    server_->start();
  }
  Server& operator*() { return *server_; }
  Server* operator->() { return &*server_; }
  std::string host() const { return server_->url().substr(std::string_view{"http://"}.size()); }
  Peer peer() const { return Peer{host()}; }
  // A request with these fields; the answer.
  Peer::Answer ask(const std::string& start, const std::string& fields = {}, const std::string& body = {}) const {
    Peer one = peer();
    one.send(start + "\r\nHost: " + host() + "\r\n" + fields + "\r\n" + body);
    return one.readAnswer();
  }
  // An upgrade; `fields` has the Origin.
  Peer::Answer askUpgrade(const std::string& fields, const std::string& hostName = {}) const {
    Peer one = peer();
    one.send("GET /__realtime?key=/&url=/ HTTP/1.1\r\nHost: " + (hostName.empty() ? host() : hostName) +
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
             fields + "\r\n");
    return one.readAnswer();
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }
  std::vector<std::string> linesAbout(std::string_view part) {
    std::vector<std::string> some = lines();
    std::erase_if(some, [&](const std::string& line) { return !line.contains(part); });
    return some;
  }

 private:
  const TemporaryDirectory folder_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  Env env_;
  std::optional<Server> server_;
};

TEST(ServerLog, IsLimitedForARealtimeClientWhoseMessagesAreRefused) {
  OperatedServer server;
  {
    Peer peer = server.peer();
    peer.send("GET /__realtime?key=/&url=/ HTTP/1.1\r\nHost: " + server.host() + "\r\nOrigin: " + server->url() +
              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    ASSERT_EQ(peer.readAnswer().status, 101);
    // As in one second of one socket.
    for (std::uint64_t i = 0; i < 200; ++i)
      peer.sendFrame(wire::Opcode::binary, "\x03{\"requestId\":\"" + wire::streamId(i + 1) + "\",\"id\":7}");
    // The last of them is answered.
    peer.readUntil(wire::streamId(200));
  }
  server->stop();
  EXPECT_EQ(server.linesAbout("was refused").size(), 10U);
  EXPECT_THAT(server.linesAbout("left out"), ElementsAre("190 lines about 127.0.0.1 were left out within 10 s"));
}

TEST(ServerLog, ALineCannotBeForgedByAPathOfAPage) {
  OperatedServer server;
  EXPECT_EQ(server.ask("GET /word/a%0A2026-11-30%20error%20forged%1B[2J HTTP/1.1").status, 500);
  server->stop();
  EXPECT_THAT(server.lines(), Contains(HasSubstr(R"(no such word: a\x0a2026-11-30 error forged\x1b[2J)")));
  for (const std::string& line : server.lines()) EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos) << line;
}

TEST(ServerLog, NamesWhatHeldUpALoop) {
  OperatedServer server;
  for (const auto* const path : {"/slow", "/slow-object", "/slow-after"})
    EXPECT_EQ(server.ask("GET " + std::string(path) + " HTTP/1.1").status, 200);
  server->stop();
  EXPECT_THAT(server.linesAbout("held up"),
              AllOf(Contains(StartsWith("GET /slow held up its loop for ")),
                    Contains(StartsWith("Slow::slow of object slow/o held up its loop for ")),
                    Contains(StartsWith("what waited for Slow::quick of object slow/o held up its loop for "))));
}

// Cookies.

std::string setCookiesOver(const std::string& proto) {
  OperatedServer server{[](ServerOptions& options) { options.trustProxies = {"127.0.0.1"}; }};
  const std::string origin = (proto == "https" ? "https://" : "http://") + server.host();
  return server
      .ask("POST /?__rsc_action_id=setCookies HTTP/1.1",
           "Origin: " + origin + "\r\nX-Forwarded-Proto: " + proto + "\r\nContent-Length: 2\r\n", "[]")
      .head;
}

TEST(ServerCookies, AreSecureOverHttpsUnlessTheAppSaysOtherwise) {
  EXPECT_THAT(setCookiesOver("https"),
              AllOf(HasSubstr("\r\nSet-Cookie: unsaid=b; Path=/; HttpOnly; Secure; SameSite=Lax\r\n"),
                    HasSubstr("\r\nSet-Cookie: said=a; Path=/; HttpOnly; SameSite=Lax\r\n")));
  EXPECT_THAT(setCookiesOver("http"), HasSubstr("\r\nSet-Cookie: unsaid=b; Path=/; HttpOnly; SameSite=Lax\r\n"));
}

// Refused upgrades.

TEST(RefusedUpgrade, ForItsOriginIsLoggedOnceWithTheOptionThatAllowsIt) {
  OperatedServer server;
  for (int i = 0; i < 5; ++i) {
    const auto refusal = server.askUpgrade("Origin: http://app.example\r\n");
    EXPECT_EQ(refusal.status, 403);
    EXPECT_THAT(refusal.body, StartsWith("Invalid origin: expected http://127.0.0.1:"));
  }
  server->stop();
  EXPECT_THAT(server.linesAbout("was refused"),
              ElementsAre("GET of 127.0.0.1, of the origin http://app.example, was refused: Invalid origin: expected " +
                          server->url() +
                          ", or one that the server was told to allow; --allow-origin http://app.example allows it"));
  EXPECT_THAT(server.lines(), Contains("4 lines about requests refused for their origin were left out within 60 s"));
}

TEST(RefusedUpgrade, BehindAProxyThatEndsTlsNamesTheProxy) {
  OperatedServer server{[](ServerOptions& options) { options.allowHosts = {"app.example"}; }};
  EXPECT_EQ(server.askUpgrade("Origin: https://app.example\r\n", "app.example").status, 403);
  EXPECT_THAT(server.linesAbout("was refused"),
              ElementsAre(AllOf(HasSubstr("--allow-origin https://app.example allows it"),
                                HasSubstr("--trust-proxy 127.0.0.1 lets the X-Forwarded-Proto: https count"))));
}

// nginx's "proxy_set_header Host $host" before a port that is not the scheme's own.
TEST(RefusedUpgrade, WhoseHostHasLostItsPortIsToldOfIt) {
  OperatedServer server{[](ServerOptions& options) { options.allowHosts = {"app.example"}; }};
  const auto refusal = server.askUpgrade("Origin: http://app.example:8080\r\n", "app.example");
  EXPECT_EQ(refusal.status, 403);
  EXPECT_THAT(refusal.body, HasSubstr("the Host that came here has lost its port"));
  EXPECT_THAT(server.linesAbout("was refused"),
              ElementsAre(HasSubstr("\"proxy_set_header Host $http_host\" passes it on")));
  // Another port, or another host, is not a lost one.
  EXPECT_THAT(server.askUpgrade("Origin: http://app.example:8080\r\n", "app.example:81").body,
              Not(HasSubstr("lost its port")));
  EXPECT_THAT(server.askUpgrade("Origin: http://app.example2:8080\r\n", "app.example").body,
              Not(HasSubstr("lost its port")));
}

TEST(RefusedUpgrade, ByAProxyThatSpeaksOfWssIsNone) {
  OperatedServer server{[](ServerOptions& options) {
    options.trustProxies = {"127.0.0.1"};
    options.allowHosts = {"app.example"};
  }};
  EXPECT_EQ(server.askUpgrade("Origin: https://app.example\r\nX-Forwarded-Proto: wss\r\n", "app.example").status, 101);
}

TEST(RefusedUpgrade, AboveALimitSaysWhenToComeAgainAndWhichOptionItIs) {
  OperatedServer server{[](ServerOptions& options) {
    options.maxJoinRate = 0.1;
    options.trustProxies = {"127.0.0.1"};
  }};
  const std::string fields = "Origin: " + server->url() + "\r\nX-Forwarded-For: 192.0.2.7\r\n";
  EXPECT_EQ(server.askUpgrade(fields).status, 101);
  for (int i = 0; i < 3; ++i) {
    const auto refusal = server.askUpgrade(fields);
    EXPECT_EQ(refusal.status, 429);
    EXPECT_THAT(refusal.head, HasSubstr("\r\nRetry-After: 10\r\n"));
    EXPECT_EQ(refusal.body, "your address joins more than 0.1 times a second; try again in 10 seconds\n");
  }
  EXPECT_THAT(server.linesAbout("was refused"),
              ElementsAre("a realtime client of the key \"/\" was refused: your address joins more than 0.1 times a "
                          "second; --max-join-rate sets this limit"));
}

TEST(RefusedUpgrade, OfAKeyWithTooManyReadersIsInTheLog) {
  OperatedServer server{[](ServerOptions& options) { options.maxClientsOfKey = 1; }};
  const std::string origin = "Origin: " + server->url() + "\r\n";
  Peer reader = server.peer();
  reader.send("GET /__realtime?key=/&url=/ HTTP/1.1\r\nHost: " + server.host() +
              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
              origin + "\r\n");
  ASSERT_EQ(reader.readAnswer().status, 101);
  const auto refusal = server.askUpgrade(origin);
  EXPECT_EQ(refusal.status, 503);
  EXPECT_THAT(refusal.head, HasSubstr("\r\nRetry-After: 10\r\n"));
  EXPECT_THAT(server.linesAbout("was refused"), ElementsAre(HasSubstr("--max-clients-of-key sets this limit")));
}

TEST(RefusedConnection, AboveTheLimitSaysWhenToComeAgainAndWhichOptionItIs) {
  OperatedServer server{[](ServerOptions& options) { options.maxConnections = 1; }};
  Peer first = server.peer();
  EXPECT_EQ(first.get("/").status, 200);
  const auto refusal = server.ask("GET / HTTP/1.1");
  EXPECT_EQ(refusal.status, 503);
  EXPECT_THAT(refusal.head, HasSubstr("\r\nRetry-After: 5\r\n"));
  EXPECT_THAT(server.linesAbout("was refused"), ElementsAre(HasSubstr("; --max-connections sets this limit")));
}

// What a proxy sees.

TEST(ServerProbes, AnswerAnyHost) {
  OperatedServer server;
  Peer peer = server.peer();
  for (const auto* const path : {"/healthz", "/readyz"}) {
    peer.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: pod-7.cluster.internal\r\n\r\n");
    EXPECT_EQ(peer.readAnswer().status, 200) << path;
  }
  peer.send("GET /healthz/ HTTP/1.1\r\nHost: pod-7.cluster.internal\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 421);
  peer.send("POST /healthz HTTP/1.1\r\nHost: pod-7.cluster.internal\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 421);
  EXPECT_THAT(server.linesAbout("was refused"),
              ElementsAre("a request of 127.0.0.1 for the host pod-7.cluster.internal was refused: --allow-host "
                          "pod-7.cluster.internal allows it"));
}

TEST(ServerAnswers, OfAPageVaryByAccept) {
  OperatedServer server;
  for (const auto* const start : {"GET / HTTP/1.1", "GET /?__rsc HTTP/1.1", "GET /word/a HTTP/1.1",
                                  "GET /word/a?__rsc HTTP/1.1", "GET /nowhere HTTP/1.1", "GET /?a=%00 HTTP/1.1"})
    EXPECT_THAT(server.ask(start).head, HasSubstr("\r\nVary: Accept\r\n")) << start;
  EXPECT_THAT(server.ask("GET / HTTP/1.1", "Accept: text/html\r\nAccept: text/x-component\r\n").head,
              AllOf(HasSubstr("text/x-component"), HasSubstr("\r\nVary: Accept\r\n")));
  EXPECT_THAT(server.ask("GET /healthz HTTP/1.1").head, Not(HasSubstr("Vary")));
}

TEST(ServerAnswers, ToAnAbsoluteTargetGoByItsHost) {
  OperatedServer server;
  Peer peer = server.peer();
  peer.send("GET http://localhost/ HTTP/1.1\r\nHost: other.example\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 200);
  peer.send("GET http://other.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto refusal = peer.readAnswer();
  EXPECT_EQ(refusal.status, 421);
  EXPECT_THAT(refusal.body, HasSubstr("other.example"));
}

}  // namespace
}  // namespace duramen
