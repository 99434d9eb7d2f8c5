// A whole server, over real sockets, with Boost.Beast as the client.

#include "duramen/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <latch>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/testing/temporary_directory.h"
#include "base/wake.h"
#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/stream.h"
#include "server/open_metrics_reader.h"
#include "wire/realtime.h"

namespace duramen {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using testing::HasSubstr;

class Counter : public DurableObject {
 public:
  using DurableObject::DurableObject;
  int value() const { return storage().get<int>("value").value_or(0); }
  int add(int by) {
    storage().put("value", value() + by);
    return value();
  }
};

struct Env {
  Namespace<Counter> counters{"counters"};
  Namespace<RealtimeDurableObject> realtime{"realtime"};
  std::atomic<int> degrees = 0;  // of the program's own
};
using TestContext = Context<Env>;

Task<int> add(TestContext& ctx, int by) { co_return co_await ctx.env.counters.at("c").call<&Counter::add>(by); }
constexpr Action<"add", add> addAction;

Task<Node> counterPage(TestContext& ctx) {
  const int value = co_await ctx.env.counters.at("c").call<&Counter::value>();
  co_return html::main(html::p("count ", value));
}
Node wholeDocument(Node page) { return html::html(html::head(html::title("Counter")), html::body(std::move(page))); }
constexpr Path<"/"> rootPath;

Node degreesPage(TestContext& ctx) { return html::main(html::p("degrees ", ctx.env.degrees.load())); }
constexpr Path<"/degrees"> degreesPath;

App<TestContext> counterApp() {
  return defineApp<TestContext>(realtimeRoute(&Env::realtime), actions(addAction),
                                render(wholeDocument, route(rootPath, counterPage), route(degreesPath, degreesPage)));
}

// A page that does not come before the test says so.
struct Stuck {
  std::latch begun{1};
  std::latch goesOn{1};
};
Node stuckPage(Context<Stuck>& ctx) {
  ctx.env.begun.count_down();
  ctx.env.goesOn.wait();
  return html::main("here");
}
App<Context<Stuck>> stuckApp() { return defineApp<Context<Stuck>>(render(wholeDocument, route(rootPath, stuckPage))); }

// A page with a prop that never ends.
struct Endless {
  std::latch gone{1};
};
struct Ticks {
  static constexpr ClientModule module{"/client/Ticks.tsx", "Ticks"};
  Stream<std::string> ticks;
};
Stream<std::string> endlessTicks(Endless& env) {
  struct Guard {
    std::latch& gone;
    ~Guard() { gone.count_down(); }
  };
  [[maybe_unused]] const Guard guard{env.gone};
  for (;;) co_yield "tick";
}
Node endlessPage(Context<Endless>& ctx) { return html::main(Ticks{.ticks = endlessTicks(ctx.env)}); }
constexpr ClientModuleUrl tickModules[] = {{.id = "/client/Ticks.tsx", .url = "/assets/Ticks.js"}};
const ClientBundle tickBundle{.files = {}, .modules = tickModules};
App<Context<Endless>> endlessApp() {
  return defineApp<Context<Endless>>(client<Ticks>(tickBundle), render(wholeDocument, route(rootPath, endlessPage)));
}

// A page with a part that never comes, and an action that never ends.
struct Hanging {
  std::atomic<int> parts = 0;    // that wait now
  std::atomic<int> actions = 0;  // likewise
};
struct Waits {
  explicit Waits(std::atomic<int>& all) : count(all) { ++count; }
  ~Waits() { --count; }
  Waits(const Waits&) = delete;
  Waits& operator=(const Waits&) = delete;
  std::atomic<int>& count;
};
struct ForEver {
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}
};
Task<Node> neverCome(Hanging& env) {
  const Waits waits{env.parts};
  co_await ForEver{};
  co_return nullptr;
}
Node hangingPage(Context<Hanging>& ctx) {
  return html::main(Suspense{.fallback = html::p("not yet")}(neverCome(ctx.env)));
}
Task<std::string> hang(Context<Hanging>& ctx, std::string) {
  const Waits waits{ctx.env.actions};
  co_await ForEver{};
  co_return "never";
}
std::string echo(Context<Hanging>&, std::string text) { return text + text; }
constexpr Action<"hang", hang> hangAction;
constexpr Action<"echo", echo> echoAction;
App<Context<Hanging>> hangingApp() {
  return defineApp<Context<Hanging>>(actions(hangAction, echoAction),
                                     render(wholeDocument, route(rootPath, hangingPage)));
}

ServerOptions optionsFor(std::string data) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.data = std::move(data);
  options.threads = 2;
  options.drain = std::chrono::milliseconds{500};
  return options;
}

std::string authority(const Server& server) { return server.url().substr(std::string_view{"http://"}.size()); }

tcp::socket connected(boost::asio::io_context& io, const std::string& host) {
  tcp::socket socket{io};
  const auto colon = host.rfind(':');
  socket.connect({boost::asio::ip::make_address(host.substr(0, colon)),
                  static_cast<std::uint16_t>(std::stoi(host.substr(colon + 1)))});
  return socket;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

http::response<http::string_body> fetchFrom(const std::string& host, http::verb method, const std::string& target,
                                            const std::string& body = {}, const std::string& origin = {},
                                            const Fields& fields = {}) {
  boost::asio::io_context io;
  tcp::socket socket = connected(io, host);
  http::request<http::string_body> request{method, target, 11};
  request.set(http::field::host, host);
  if (!origin.empty()) request.set(http::field::origin, origin);
  for (const auto& [name, value] : fields) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  return response;  // NOLINT(clang-analyzer-cplusplus.Move): read() has filled it
}

http::response<http::string_body> fetch(const Server& server, http::verb method, const std::string& target,
                                        const std::string& body = {}, const std::string& origin = {},
                                        const Fields& fields = {}) {
  return fetchFrom(authority(server), method, target, body, origin, fields);
}

// A browser's socket. Reads until what it waits for has come; the test's own time limit ends a wait that is in vain.
class Socket {
 public:
  explicit Socket(const Server& server, const std::string& origin = {}, const std::string& query = "key=/&url=/")
      : stream_(connected(io_, authority(server))) {
    stream_.set_option(beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
      request.set(http::field::origin, origin.empty() ? server.url() : origin);
    }));
    stream_.handshake(response_, authority(server), "/__realtime?" + query, error_);
    stream_.binary(true);
  }
  bool isOpen() const { return !error_; }
  unsigned status() const { return response_.result_int(); }

  std::string call(const std::string& action, const std::string& args) {
    const wire::ActionRequest request{action, args, wire::streamId(++calls_), "/"};
    stream_.write(boost::asio::buffer(wire::encodeActionRequest(request)));
    std::string payload;
    while (true) {
      const auto [message, bytes] = read();
      if (message.id != request.requestId) continue;
      if (message.type == wire::MessageType::actionChunk) payload += message.payload;
      if (message.type == wire::MessageType::actionEnd) return payload;
      if (message.type == wire::MessageType::actionError) return "error: " + message.error;
    }
  }
  // Until a page holds this text.
  void awaitPage(const std::string& text) {
    while (true) {
      const auto [message, bytes] = read();
      const bool chunk = message.type == wire::MessageType::pageChunk || message.type == wire::MessageType::actionChunk;
      if (chunk && message.payload.find(text) != std::string_view::npos) return;
    }
  }
  void send(const std::string& bytes) { stream_.write(boost::asio::buffer(bytes)); }
  // The beginning of a message.
  void sendPart(const std::string& bytes) { stream_.write_some(false, boost::asio::buffer(bytes)); }
  // From another thread: what reads now ends with an exception.
  void cut() { ::shutdown(stream_.next_layer().native_handle(), SHUT_RDWR); }
  beast::websocket::close_reason awaitClose() {
    boost::system::error_code error;
    beast::flat_buffer buffer;
    while (!error) stream_.read(buffer, error);
    return stream_.reason();
  }

 private:
  std::pair<wire::ServerMessage, std::string> read() {
    beast::flat_buffer buffer;
    stream_.read(buffer);
    std::pair<wire::ServerMessage, std::string> result;
    result.second = beast::buffers_to_string(buffer.data());
    auto message = wire::decodeServerMessage(std::as_bytes(std::span{result.second}));
    if (!message) throw std::runtime_error(message.error().text);
    kept_ = result.second;
    result.first = std::move(*wire::decodeServerMessage(std::as_bytes(std::span{kept_})));
    return result;
  }

  boost::asio::io_context io_;
  beast::websocket::stream<tcp::socket> stream_;
  beast::websocket::response_type response_;
  boost::system::error_code error_;
  std::string kept_;  // what the last message points into
  std::uint64_t calls_ = 0;
};

class RunningServer : public testing::Test {
 protected:
  RunningServer() { server.start(); }

  const TemporaryDirectory folder;
  Env env;
  Server server{counterApp(), env, optionsFor(folder / "data")};
};

TEST_F(RunningServer, ServesPagesAndActions) {
  EXPECT_THAT(fetch(server, http::verb::get, "/").body(), HasSubstr("<p>count 0</p>"));
  EXPECT_THAT(fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[3]", server.url()).body(),
              HasSubstr("10000000:3\n"));
  EXPECT_THAT(fetch(server, http::verb::get, "/?__rsc").body(), HasSubstr("\"count 3\""));
  EXPECT_EQ(fetch(server, http::verb::get, "/healthz").body(), "ok\n");
  EXPECT_EQ(fetch(server, http::verb::get, "/nowhere").result_int(), 404U);
}

TEST_F(RunningServer, AnswersWhatItCannotDoWithWhatItExpects) {
  const auto put = fetch(server, http::verb::put, "/");
  EXPECT_EQ(put.result_int(), 405U);
  EXPECT_EQ(put[http::field::allow], "GET, HEAD, POST");
  EXPECT_EQ(fetch(server, http::verb::get, "/__realtime").result_int(), 400U);
  EXPECT_EQ(fetch(server, http::verb::get, "/?__rsc").at("Content-Type"), "text/x-component; charset=utf-8");
  const auto wrong = fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[\"x\"]", server.url());
  EXPECT_EQ(wrong.result_int(), 400U);
  EXPECT_THAT(wrong.body(), HasSubstr("add, argument 1: expected a number, got text"));
}

TEST_F(RunningServer, StaticFilesAreCachedForEver) {
  const std::string page = fetch(server, http::verb::get, "/").body();
  const auto at = page.find("src=\"") + 5;
  const auto script = fetch(server, http::verb::get, page.substr(at, page.find('"', at) - at));
  EXPECT_EQ(script.result_int(), 200U);
  EXPECT_THAT(std::string(script[http::field::cache_control]), HasSubstr("immutable"));
  EXPECT_THAT(std::string(script[http::field::content_type]), HasSubstr("javascript"));
  EXPECT_THAT(page, HasSubstr("<title>Counter</title>"));
}

TEST_F(RunningServer, StaticFilesAreCompressed) {
  const std::string page = fetch(server, http::verb::get, "/").body();
  const auto at = page.find("src=\"") + 5;
  const std::string url = page.substr(at, page.find('"', at) - at);
  const auto plain = fetch(server, http::verb::get, url);
  const auto brotli = fetch(server, http::verb::get, url, {}, {}, {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(plain[http::field::content_encoding], "");
  EXPECT_EQ(brotli[http::field::content_encoding], "br");
  EXPECT_EQ(brotli[http::field::vary], "Accept-Encoding");
  EXPECT_LT(brotli.body().size(), plain.body().size());
  EXPECT_NE(brotli[http::field::etag], plain[http::field::etag]);
}

// U13 over a real socket: a realtime action works, and everybody else sees it.
TEST_F(RunningServer, ARealtimeActionReachesTheOtherSocket) {
  Socket alice{server}, bob{server};
  ASSERT_TRUE(alice.isOpen() && bob.isOpen());
  EXPECT_THAT(alice.call("add", "[5]"), testing::AllOf(HasSubstr("10000000:5\n"), HasSubstr("\"count 5\"")));
  bob.awaitPage("\"count 5\"");
}

TEST_F(RunningServer, OnJoiningTheCurrentPageIsPushed) {
  Socket alice{server};
  alice.call("add", "[7]");
  Socket late{server};
  late.awaitPage("\"count 7\"");
}

TEST_F(RunningServer, AnActionByPostShowsToTheReadersOfItsPage) {
  Socket reader{server};
  fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[9]", server.url());
  reader.awaitPage("\"count 9\"");
}

TEST_F(RunningServer, APostThatNamesNoActionIsAnswered) {
  const auto answer = fetch(server, http::verb::post, "/", "a=1", server.url());
  EXPECT_EQ(answer.result_int(), 415U);
  EXPECT_THAT(answer.body(), HasSubstr("expected multipart/form-data"));
  EXPECT_EQ(fetch(server, http::verb::post, "/", "a=1", "http://elsewhere.example").result_int(), 403U);
}

TEST(StreamedPage, IsDroppedWithoutAWordWhenItsBrowserHasGone) {
  const TemporaryDirectory folder;
  Endless env;
  std::mutex mutex;
  std::string logged;
  ServerOptions options = optionsFor(folder / "data");
  options.passDeadline = std::chrono::milliseconds{100};
  options.log = [&](LogLevel level, std::string_view text) {
    const std::lock_guard lock{mutex};
    if (level >= LogLevel::warning) logged += text;
  };
  Server server{endlessApp(), env, std::move(options)};
  server.start();
  {
    boost::asio::io_context io;
    tcp::socket socket = connected(io, authority(server));
    const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(request));
    std::string page;
    // It goes on for longer than a page may take of which nothing comes.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
    while (std::chrono::steady_clock::now() < until) {
      char some[4096];
      page.append(some, socket.read_some(boost::asio::buffer(some)));
    }
    EXPECT_THAT(page, HasSubstr("tick"));
  }
  env.gone.wait();
  server.stop();
  const std::lock_guard lock{mutex};
  EXPECT_EQ(logged, "");
}

void awaitThat(const std::function<bool()>& comes) {
  for (int waits = 0; !comes(); ++waits) {
    if (waits == 10'000) throw std::runtime_error("what a test waits for does not come");
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

const Fields textBody{{"Content-Type", "text/plain;charset=UTF-8"}};

TEST(Post, ItsPageHasADeadlineAndItsResultIsSentAllTheSame) {
  const TemporaryDirectory folder;
  Hanging env;
  ServerOptions options = optionsFor(folder / "data");
  options.passDeadline = std::chrono::milliseconds{100};
  Server server{hangingApp(), env, std::move(options)};
  server.start();
  const auto answer =
      fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=echo", R"(["ab"])", server.url(), textBody);
  EXPECT_EQ(answer.result_int(), 200U);
  EXPECT_THAT(answer.body(), HasSubstr("abab"));
  EXPECT_THAT(answer.body(), HasSubstr("not yet"));
  EXPECT_EQ(env.parts, 0);
}

// 40 such requests were all that a server took.
TEST(Post, ItsPageEndsWhenItsClientGoesLongBeforeItsDeadline) {
  const TemporaryDirectory folder;
  Hanging env;
  ServerOptions options = optionsFor(folder / "data");
  options.passDeadline = std::chrono::hours{1};
  Server server{hangingApp(), env, std::move(options)};
  server.start();
  {
    boost::asio::io_context io;
    tcp::socket socket = connected(io, authority(server));
    boost::asio::write(socket, boost::asio::buffer(
                                   "POST /?__rsc&__rsc_action_id=echo HTTP/1.1\r\nHost: " + authority(server) +
                                   "\r\n"
                                   "Origin: " +
                                   server.url() + "\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n[\"ab\"]"));
    std::string got;
    while (!got.contains("not yet")) {
      char some[4096];
      got.append(some, socket.read_some(boost::asio::buffer(some)));
    }
    EXPECT_EQ(env.parts, 1);
  }
  awaitThat([&] { return env.parts == 0; });
}

TEST(Post, AnActionThatNeverEndsHoldsNothingOfItsBody) {
  const TemporaryDirectory folder;
  Hanging env;
  ServerOptions options = optionsFor(folder / "data");
  options.maxBodyBytes = options.maxUploadMemory = 100'000;
  options.maxBodiesMemory = 200'000;
  Server server{hangingApp(), env, std::move(options)};
  server.start();
  boost::asio::io_context io;
  const std::string body = "[\"" + std::string(60'000, 'x') + "\"]";
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(connected(io, authority(server)));
    boost::asio::write(
        sockets.back(),
        boost::asio::buffer(
            "POST /?__rsc_action_id=hang HTTP/1.1\r\nHost: " + authority(server) + "\r\nOrigin: " + server.url() +
            "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
    awaitThat([&] { return env.actions > i; });
  }
  const auto answer = fetch(server, http::verb::post, "/?__rsc_action_id=echo", body, server.url(), textBody);
  EXPECT_EQ(answer.result_int(), 200U);
}

TEST(Server, EachDocumentHasANonceOfItsOwn) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.contentSecurityPolicy = "script-src 'self' 'nonce-{nonce}'";
  Server server{counterApp(), env, options};
  server.start();
  const auto nonceOf = [&] {
    const auto page = fetch(server, http::verb::get, "/");
    const std::string policy(page["Content-Security-Policy"]);
    const std::string nonce = policy.substr(25, policy.size() - 26);
    EXPECT_EQ(policy, "script-src 'self' 'nonce-" + nonce + "'");
    EXPECT_THAT(page.body(), HasSubstr("<script nonce=\"" + nonce + "\">(self.__FLIGHT_DATA"));
    EXPECT_THAT(page.body(), HasSubstr("<script nonce=\"" + nonce + "\" type=\"module\""));
    EXPECT_THAT(page.body(), testing::Not(HasSubstr("<script>")));
    return nonce;
  };
  const std::string first = nonceOf();
  EXPECT_EQ(first.size(), 24U);
  EXPECT_NE(first, nonceOf());
}

TEST_F(RunningServer, AnswersToNoNameThatItWasNotTold) {
  const auto answer = fetch(server, http::verb::get, "/", "", "", {{"Host", "evil.example"}});
  EXPECT_EQ(answer.result_int(), 421U);
  EXPECT_THAT(answer.body(), HasSubstr("this server does not answer for \"evil.example\""));
  EXPECT_EQ(fetch(server, http::verb::get, "/healthz", "", "", {{"Host", "evil.example"}}).result_int(), 200U);
  EXPECT_EQ(fetch(server, http::verb::get, "/", "", "", {{"Host", "localhost:1"}}).result_int(), 200U);
  // A page of that name posts an action: of its own origin, but not to us.
  EXPECT_EQ(fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[3]", "http://evil.example",
                  {{"Host", "evil.example"}})
                .result_int(),
            421U);
}

TEST(Server, BehindAProxyItBelievesItAboutSchemeAndHost) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.trustProxies = {"127.0.0.0/8"};
  options.allowHosts = {"example.com"};
  Server server{counterApp(), env, options};
  server.start();
  const auto add = [&](const std::string& origin, const Fields& fields) {
    return fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[1]", origin, fields).result_int();
  };
  const Fields forwarded = {{"Host", "inner"}, {"X-Forwarded-Host", "example.com"}, {"X-Forwarded-Proto", "https"}};
  EXPECT_EQ(add("https://example.com", forwarded), 200U);
  EXPECT_EQ(add("http://example.com", forwarded), 403U);
  EXPECT_EQ(add("https://example.com", {{"Host", "example.com"}}), 403U);
  EXPECT_EQ(add("https://evil.example", {{"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Proto", "https"}}), 421U);
  EXPECT_EQ(add("https://example.com", {{"X-Forwarded-For", "1.1.1.1"}, {"Forwarded", "for=2.2.2.2"}}), 400U);
}

TEST_F(RunningServer, SaysWhichOriginItExpects) {
  const auto answer =
      fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[1]", "https://" + authority(server));
  EXPECT_EQ(answer.result_int(), 403U);
  EXPECT_THAT(answer.body(), testing::AllOf(HasSubstr("expected " + server.url()), HasSubstr("--trust-proxy")));
}

// Each limit of the options reaches the loops: what it bounds is refused, and a request below it is not.
TEST(Server, HasTheLimitsOfItsOptions) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.maxUrlBytes = 100;
  options.maxHeaderBytes = 500;
  options.maxHeaderCount = 10;
  options.maxBodyBytes = 50;
  options.maxRequestsOfConnection = 1;
  Server server{counterApp(), env, options};
  server.start();
  const auto status = [&](const std::string& target, const std::string& body, const Fields& fields) {
    return fetch(server, body.empty() ? http::verb::get : http::verb::post, target, body, {}, fields).result_int();
  };
  EXPECT_EQ(status("/", "", {}), 200U);
  EXPECT_EQ(status("/" + std::string(100, 'a'), "", {}), 414U);
  EXPECT_EQ(status("/", "", {{"A", std::string(500, 'a')}}), 431U);
  Fields many;
  for (const char name : std::string{"abcdefghij"}) many.emplace_back(std::string(1, name), "");
  EXPECT_EQ(status("/", "", many), 431U);
  EXPECT_EQ(status("/", std::string(51, 'a'), {}), 413U);
  EXPECT_EQ(status("/", std::string(50, 'a'), {}), 403U);
  EXPECT_FALSE(fetch(server, http::verb::get, "/").keep_alive());
}

TEST(Server, CountsTheConnectionsOfAllItsLoops) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.maxConnections = 3;
  Server server{counterApp(), env, options};
  server.start();
  boost::asio::io_context io;
  std::vector<tcp::socket> held;
  const auto ask = [&](tcp::socket& socket) {
    http::request<http::empty_body> request{http::verb::get, "/healthz", 11};
    request.set(http::field::host, authority(server));
    http::write(socket, request);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(socket, buffer, response);
    return response.result_int();
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(held.emplace_back(connected(io, authority(server)))), 200U);
  tcp::socket more = connected(io, authority(server));
  EXPECT_EQ(ask(more), 503U);
}

TEST(Server, SecurityHeadersCanBeLeftOut) {
  const TemporaryDirectory folder;
  Env one, two;
  Server with{counterApp(), one, optionsFor(folder / "with")};
  ServerOptions options = optionsFor(folder / "without");
  options.contentSecurityPolicy = "";
  options.securityHeaders = false;
  Server without{counterApp(), two, options};
  with.start();
  without.start();
  const auto all = fetch(with, http::verb::get, "/"), none = fetch(without, http::verb::get, "/");
  EXPECT_THAT(std::string(all["Content-Security-Policy"]), HasSubstr("frame-ancestors 'self'"));
  EXPECT_EQ(all["Referrer-Policy"], "same-origin");
  EXPECT_EQ(all["X-Frame-Options"], "SAMEORIGIN");
  EXPECT_EQ(none["Content-Security-Policy"], "");
  EXPECT_EQ(none["Referrer-Policy"], "");
  EXPECT_THAT(none.body(), HasSubstr("<script>(self.__FLIGHT_DATA"));
}

TEST(Server, FilesOfADirectoryStandBesideTheApp) {
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder / "files");
  std::ofstream{folder / "files/a.txt"} << "of the directory";
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.staticFiles = {{.path = "/files", .directory = folder / "files"}};
  Server server{counterApp(), env, std::move(options)};
  server.start();
  EXPECT_EQ(fetch(server, http::verb::get, "/files/a.txt").body(), "of the directory");
  EXPECT_EQ(fetch(server, http::verb::get, "/files/b.txt").body(), "there is no such file\n");
  EXPECT_EQ(fetch(server, http::verb::post, "/files/a.txt?__rsc&__rsc_action_id=add", "[3]", server.url()).result_int(),
            405U);
  EXPECT_THAT(fetch(server, http::verb::get, "/").body(), HasSubstr("<p>count 0</p>"));
}

// U9: scheme, host and port. U8: the url names no other place.
TEST(Server, U9U8SocketsOfOtherOriginsAreRefused) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.allowOrigins = {"https://friend.example"};
  Server server{counterApp(), env, std::move(options)};
  server.start();
  for (const char* const origin :
       {"http://127.0.0.1:1", "http://127.0.0.1", "http://localhost:80", "https://evil.example", "null"}) {
    Socket socket{server, origin};
    EXPECT_FALSE(socket.isOpen()) << origin;
    EXPECT_EQ(socket.status(), 403U) << origin;
  }
  EXPECT_TRUE((Socket{server, "https://friend.example"}.isOpen()));
  Socket elsewhere{server, "", "key=/&url=http://169.254.169.254/"};
  ASSERT_TRUE(elsewhere.isOpen());
  elsewhere.awaitPage("count ");
  EXPECT_EQ((Socket{server, "", "key=/&url=ftp:x"}.status()), 400U);
}

TEST(Server, SaysThatAKeyIsFullToWhoIsRefusedToAScriptAndOnceAMinuteInItsLog) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.maxClientsOfKey = 1;
  std::mutex mutex;
  std::vector<std::string> lines;
  options.log = [&](LogLevel level, std::string_view text) {
    const std::lock_guard lock{mutex};
    if (level >= LogLevel::warning) lines.emplace_back(text);
  };
  Server server{counterApp(), env, std::move(options)};
  server.start();
  const auto asked = [&] { return fetch(server, http::verb::get, "/__realtime?key=/&url=/"); };
  EXPECT_EQ(asked().result_int(), 400U);
  {
    const Socket reader{server};
    ASSERT_TRUE(reader.isOpen());
    for (int times = 0; times < 3; ++times) EXPECT_EQ(Socket{server}.status(), 503U);
    const auto full = asked();
    EXPECT_EQ(full.result_int(), 503U);
    EXPECT_EQ(full[http::field::retry_after], "10");
    EXPECT_EQ(full["Duramen-Full"], "1");
    EXPECT_EQ(full.body(), "this key has 1 clients, and takes no more\n");
  }
  const std::lock_guard lock{mutex};
  EXPECT_THAT(lines, testing::ElementsAre("a realtime client of the key \"/\" was refused: this key has 1 clients, and "
                                          "takes no more; --max-clients-of-key sets "
                                          "this limit"));
}

// 200 of such held 842 MiB.
TEST(Server, HalfMessagesTakeNoMoreMemoryThanAllMessagesMay) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.maxClientMemory = 100'000;
  Server server{counterApp(), env, std::move(options)};
  server.start();
  Socket one{server}, two{server};
  one.sendPart("\x03{\"args\":\"" + std::string(60'000, ' '));
  // The loops have it when what came after it has been answered.
  Socket other{server};
  EXPECT_THAT(other.call("add", "[1]"), HasSubstr("1"));
  two.sendPart("\x03{\"args\":\"" + std::string(90'000, ' '));
  const auto reason = two.awaitClose();
  EXPECT_EQ(reason.code, 1013);
  EXPECT_EQ(std::string_view(reason.reason), "the server has no memory for this message now");
  EXPECT_THAT(other.call("add", "[1]"), HasSubstr("2"));
}

TEST_F(RunningServer, AMessageThatIsNoneClosesTheSocketWithAReason) {
  for (const std::string& bytes :
       {std::string("\x09"), std::string("\x03{"), std::string("\x03[]"), std::string("\x03{\"id\":7}")}) {
    Socket socket{server};
    socket.send(bytes);
    EXPECT_EQ(socket.awaitClose().code, 1008) << bytes;
  }
}

TEST_F(RunningServer, AWrongCallLeavesTheSocketOpen) {
  Socket alice{server};
  EXPECT_EQ(alice.call("add", "[\"x\"]"), "error: add, argument 1: expected a number, got text");
  EXPECT_EQ(alice.call("add", "[1.5]"), "error: add, argument 1: expected a whole number, got a fraction");
  EXPECT_THAT(alice.call("nothing", "[]"), HasSubstr("error: there is no action"));
  EXPECT_THAT(alice.call("add", "[1]"), HasSubstr("10000000:1\n"));
}

// One sentence, if it does not start.
std::string startError(Server& server) {
  try {
    server.start();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it started";
}

// Where it listens.

std::string getOver(int descriptor, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> some{};
  for (ssize_t got = 0; (got = ::recv(descriptor, some.data(), some.size(), 0)) > 0;)
    answer.append(some.data(), static_cast<std::size_t>(got));
  ::close(descriptor);
  return answer;
}

int connectedUnix(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw std::runtime_error("no socket");
  EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  return descriptor;
}

TEST(ServerListens, OnSeveralAddressesAndUnixSockets) {
  const TemporaryDirectory folder;
  const std::string file = folder / "app.sock";
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.listen = {"127.0.0.1:0", "[::1]:0", "unix:" + file};
  {
    Server server{counterApp(), env, options};
    server.start();
    ASSERT_EQ(server.urls().size(), 3U);
    EXPECT_THAT(server.urls()[1], testing::StartsWith("http://[::1]:"));
    EXPECT_EQ(server.urls()[2], "unix:" + file);
    EXPECT_EQ(fetch(server, http::verb::get, "/readyz").body(), "ready\n");
    struct stat mode{};
    ASSERT_EQ(::stat(file.c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 07, 0U);
    EXPECT_THAT(getOver(connectedUnix(file), "/healthz"), HasSubstr("ok"));
    Env second;
    ServerOptions again = optionsFor(folder / "second");
    again.listen = "unix:" + file;
    Server busy{counterApp(), second, again};
    EXPECT_EQ(startError(busy), "cannot listen on unix:" + file + ": the address is already in use");
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(ServerListens, OnASocketFileThatNobodyListensOnAnyMoreButOnNoOtherFile) {
  const TemporaryDirectory folder;
  const std::string left = folder / "left.sock", other = folder / "file";
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  left.copy(name.sun_path, sizeof name.sun_path - 1);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(dead, 0);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(dead);
  std::ofstream{other} << "precious";
  Env one, two, three;
  ServerOptions options = optionsFor(folder / "one");
  options.listen = "unix:" + left;
  Server first{counterApp(), one, options};
  EXPECT_EQ(startError(first), "it started");
  options = optionsFor(folder / "two");
  options.listen = "unix:" + other;
  Server second{counterApp(), two, options};
  EXPECT_EQ(startError(second),
            "cannot listen on unix:" + other + ": there is a file of this name, which is no socket");
  EXPECT_TRUE(std::filesystem::exists(other));
  options = optionsFor(folder / "three");
  options.listen = "unix:app.sock";
  Server third{counterApp(), three, options};
  EXPECT_THAT(startError(third), HasSubstr("expected an absolute path"));
}

TEST(ServerListens, OnASocketThatTheProgramHasOpened) {
  const TemporaryDirectory folder;
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(listening, 0);
  ASSERT_EQ(::listen(listening, 10), 0);  // on a free port of any address
  Env one, two;
  ServerOptions options = optionsFor(folder / "one");
  options.listen = std::vector<std::string>{};
  options.listenDescriptors = {listening};
  Server server{counterApp(), one, options};
  server.start();
  const std::string port = server.url().substr(server.url().rfind(':'));
  boost::asio::io_context io;
  EXPECT_THAT(getOver(connected(io, "127.0.0.1" + port).release(), "/healthz"), HasSubstr("ok"));
  options = optionsFor(folder / "two");
  options.listenDescriptors = {STDERR_FILENO};
  Server wrong{counterApp(), two, options};
  EXPECT_EQ(startError(wrong), "cannot listen on descriptor 2: expected a stream socket that listens");
}

TEST(ServerListens, OnSocketsOfSystemdThatAreForThisProcess) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.listen = "systemd";
  Server server{counterApp(), env, options};
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread runs yet
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  EXPECT_EQ(startError(server),
            "cannot listen on systemd's sockets: LISTEN_PID and LISTEN_FDS name none for this process");
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  // NOLINTEND(concurrency-mt-unsafe)
}

TEST(ServerTls, IsAskedForInFull) {
  const TemporaryDirectory folder;
  const auto error = [&](const std::string& certificate, const std::string& key, bool selfSigned) {
    Env env;
    ServerOptions options = optionsFor(folder / "data");
    options.tlsCertificate = certificate;
    options.tlsKey = key;
    options.tlsSelfSigned = selfSigned;
    Server server{counterApp(), env, options};
    return startError(server);
  };
  EXPECT_EQ(error("a", "", false), "TLS takes both a certificate and its key");
  EXPECT_EQ(error("", "a", false), "TLS takes both a certificate and its key");
  EXPECT_EQ(error("a", "b", true), "TLS takes a certificate and its key, or a self-signed one, not both");
  EXPECT_THAT(error(folder / "none", folder / "none", false), HasSubstr("the certificate " + (folder / "none")));
  EXPECT_EQ(error("", "", true), "it started");
}

TEST(ServerTls, SaysItsFingerprintAndReadsItsCertificateAgain) {
  const TemporaryDirectory folder;
  Env env, plain;
  ServerOptions options = optionsFor(folder / "data");
  options.tlsSelfSigned = true;
  Server server{counterApp(), env, options};
  server.start();
  EXPECT_THAT(server.url(), testing::StartsWith("https://127.0.0.1:"));
  EXPECT_EQ(server.tlsFingerprint().size(), 95U);
  EXPECT_TRUE(server.reloadCertificates());
  std::filesystem::remove(folder / "data/tls/key.pem");
  const auto reloaded = server.reloadCertificates();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error(), HasSubstr("key.pem cannot be used"));
  Server without{counterApp(), plain, optionsFor(folder / "plain")};
  without.start();
  EXPECT_EQ(without.tlsFingerprint(), "");
  EXPECT_FALSE(without.reloadCertificates());
}

TEST(Server, TwoServersLiveInOneProcess) {
  const TemporaryDirectory folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "one")}, second{counterApp(), two, optionsFor(folder / "two")};
  first.start();
  second.start();
  Socket alice{first}, bob{second};
  alice.call("add", "[1]");
  EXPECT_THAT(bob.call("add", "[10]"), HasSubstr("10000000:10\n"));
  EXPECT_THAT(alice.call("add", "[1]"), HasSubstr("10000000:2\n"));
  first.stop();
  EXPECT_THAT(bob.call("add", "[10]"), HasSubstr("10000000:20\n"));
}

TEST(Server, StoppedAndStartedAgainItHasWhatWasAcknowledgedUnderAnyNumberOfThreads) {
  const TemporaryDirectory folder;
  for (unsigned threads = 1; threads <= 3; ++threads) {
    Env env;
    ServerOptions options = optionsFor(folder / "data");
    options.threads = threads;
    Server server{counterApp(), env, std::move(options)};
    server.start();
    Socket alice{server};
    EXPECT_THAT(alice.call("add", "[1]"), HasSubstr("10000000:" + std::to_string(threads) + "\n"));
  }
}

TEST_F(RunningServer, StoppingClosesSocketsAsGoingAway) {
  Socket alice{server};
  std::thread stopping{[&] { server.stop(); }};
  EXPECT_EQ(alice.awaitClose().code, 1001);
  stopping.join();
}

// An action that waits until the test says so.
struct Gated {
  std::latch begun{1};
  Work open;
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
Task<int> gated(Context<Gated>& ctx) {
  Scope& scope = co_await detail::CurrentScope{};
  Wake gate{*scope.executor};
  ctx.env.open = gate.work();
  ctx.env.begun.count_down();
  co_await gate;
  co_return 7;
}
constexpr Action<"gated", gated> gatedAction;
Task<int> quick(Context<Gated>&) { co_return 1; }
constexpr Action<"quick", quick> quickAction;
Node gatedPage(Context<Gated>&) { return html::main("gated"); }
App<Context<Gated>> gatedApp() {
  return defineApp<Context<Gated>>(realtimeRoute(&Gated::realtime), actions(gatedAction, quickAction),
                                   render(wholeDocument, route(rootPath, gatedPage)));
}

TEST(Server, SendsTheAnswersOfActionsUnderWayBeforeItClosesTheirSockets) {
  const TemporaryDirectory folder;
  Gated env;
  ServerOptions options = optionsFor(folder / "data");
  options.drain = std::chrono::seconds{20};
  Server server{gatedApp(), env, options};
  server.start();
  Socket alice{server}, bob{server};
  std::string answer;
  std::uint16_t closed = 0;
  std::thread calling{[&] {
    answer = alice.call("gated", "[]");
    closed = alice.awaitClose().code;
  }};
  env.begun.wait();
  std::thread stopping{[&] { server.stop(); }};
  // It has begun to stop when nothing new is run.
  std::string refused;
  while ((refused = bob.call("quick", "[]")).contains("10000000:1")) {
  }
  EXPECT_EQ(refused, "error: the server is going away: this was not run");
  env.open();
  calling.join();
  EXPECT_THAT(answer, HasSubstr("10000000:7\n"));
  EXPECT_EQ(closed, 1001);
  EXPECT_EQ(bob.awaitClose().code, 1001);
  stopping.join();
}

// And one that does not end is given up in time.
TEST(Server, WaitsNoLongerThanItMayForAnActionThatDoesNotEnd) {
  const TemporaryDirectory folder;
  Gated env;
  Server server{gatedApp(), env, optionsFor(folder / "data")};
  server.start();
  Socket alice{server};
  alice.send(wire::encodeActionRequest({"gated", "[]", wire::streamId(1), "/"}));
  env.begun.wait();
  std::thread stopping{[&] { server.stop(); }};
  EXPECT_EQ(alice.awaitClose().code, 1001);
  stopping.join();
}

TEST_F(RunningServer, EveryReaderComesToTheLastStateUnderLoad) {
  constexpr int writers = 4, each = 25;
  Socket reader{server};
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      Socket writer{server};
      for (int n = 0; n < each; ++n) writer.call("add", "[1]");
    });
  reader.awaitPage("\"count " + std::to_string(writers * each) + "\"");
  for (std::thread& thread : threads) thread.join();
}

// Ends a socket for which a test waits in vain.
class Impatience {
 public:
  explicit Impatience(Socket& socket)
      : waiter_([this, &socket] {
          std::unique_lock lock{mutex_};
          if (!changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return done_; })) socket.cut();
        }) {}
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;
  ~Impatience() {
    {
      const std::lock_guard lock{mutex_};
      done_ = true;
    }
    changed_.notify_one();
    waiter_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread waiter_;
};

TEST(Server, RenderRealtimeClientsWorksFromAnyThread) {
  const TemporaryDirectory folder;
  Env env;
  Server server{counterApp(), env, optionsFor(folder / "data")};
  renderRealtimeClients(env.realtime, "/degrees");  // before the start: nothing
  server.start();
  Socket alice{server, {}, "key=/degrees&url=/degrees"};
  const Impatience impatience{alice};
  alice.awaitPage("\"degrees 0\"");
  std::thread other{[&] {
    for (int i = 1; i <= 100; ++i) {
      env.degrees = i;
      renderRealtimeClients(env.realtime, "/degrees");
    }
  }};
  other.join();
  alice.awaitPage("\"degrees 100\"");
  server.stop();
  renderRealtimeClients(env.realtime, "/degrees");  // after the stop: nothing
}

TEST(Server, WritesItsAccessLogToAFile) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.accessLog = AccessLogFormat::json;
  options.accessLogFile = folder / "access.log";
  {
    Server server{counterApp(), env, options};
    server.start();
    fetch(server, http::verb::get, "/?token=secret");
    EXPECT_TRUE(Socket{server}.isOpen());
    std::filesystem::rename(folder / "access.log", folder / "access.log.1");
    server.reopenLogs();
    fetch(server, http::verb::get, "/nowhere");
  }
  const auto textOf = [](const std::string& file) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
  };
  const std::string all = textOf(folder / "access.log.1") + textOf(folder / "access.log");
  EXPECT_THAT(
      all, HasSubstr(R"("event":"request","client":"127.0.0.1","method":"GET","path":"/","query":true,"status":200)"));
  EXPECT_THAT(all,
              HasSubstr(R"("event":"upgrade","client":"127.0.0.1","method":"GET","path":"/__realtime","query":true)"));
  EXPECT_THAT(all, HasSubstr(R"("event":"close","client":"127.0.0.1")"));
  EXPECT_THAT(all, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(textOf(folder / "access.log"), HasSubstr(R"("path":"/nowhere","query":false,"status":404)"));
}

TEST(Server, LogsTheClientThatATrustedProxyNames) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.trustProxies = {"127.0.0.1"};
  options.accessLog = AccessLogFormat::text;
  options.accessLogFile = folder / "access.log";
  {
    Server server{counterApp(), env, options};
    server.start();
    fetch(server, http::verb::get, "/", "", "", {{"X-Forwarded-For", "192.0.2.7"}});
    fetch(server, http::verb::get, "/", "", "", {{"Host", "elsewhere.example"}});
  }
  std::ostringstream text;
  text << std::ifstream{folder / "access.log"}.rdbuf();
  EXPECT_THAT(text.str(), testing::ContainsRegex(R"(192\.0\.2\.7 - - \[[^]]*\] "GET /" 200 )"));
  EXPECT_THAT(text.str(), testing::ContainsRegex(R"(127\.0\.0\.1 - - \[[^]]*\] "GET /" 421 )"));
}

TEST(ServerOptions, TakesTheAccessLogFromTheCommandLine) {
  std::vector<std::string> words = {"app", "--access-log", "json", "--access-log-file", "a.log"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const auto options = ServerOptions::fromArgs(static_cast<int>(arguments.size()), arguments.data());
  EXPECT_FALSE(options.exitStatus);
  EXPECT_EQ(options.accessLog, AccessLogFormat::json);
  EXPECT_EQ(options.accessLogFile, "a.log");
}

// What an operator sees.

server::test::OpenMetricsReader metricsOf(const Server& server) {
  const std::string url = server.metricsUrl();
  const auto response = fetchFrom(url.substr(7, url.size() - 15), http::verb::get, "/metrics");
  EXPECT_EQ(response[http::field::content_type], "application/openmetrics-text; version=1.0.0; charset=utf-8");
  server::test::OpenMetricsReader page{response.body()};
  EXPECT_THAT(page.faults(), testing::IsEmpty());
  return page;
}

ServerOptions measured(std::string data) {
  ServerOptions options = optionsFor(std::move(data));
  options.metrics = "127.0.0.1:0";
  return options;
}

TEST(Metrics, TellWhatAServerDid) {
  const TemporaryDirectory folder;
  Env env;
  Server server{counterApp(), env, measured(folder / "data")};
  EXPECT_EQ(server.metricsUrl(), "");
  server.start();
  Socket alice{server}, bob{server, "", "key=/b&url=/"};
  alice.call("add", "[1]");
  alice.call("add", "[\"x\"]");
  fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[1]", server.url());
  bob.awaitPage("count ");
  fetch(server, http::verb::get, "/nowhere");

  const auto page = metricsOf(server);
  EXPECT_EQ(page["duramen_connections{kind=\"websocket\"}"], 2);
  EXPECT_EQ(page["duramen_actions_total{outcome=\"done\"}"], 2);
  EXPECT_EQ(page["duramen_actions_total{outcome=\"refused\"}"], 1);
  EXPECT_EQ(page["duramen_actions_total{outcome=\"failed\"}"], 0);
  EXPECT_EQ(page["duramen_groups"], 2);
  EXPECT_EQ(page["duramen_clients"], 2);
  EXPECT_EQ(page["duramen_views"], 2);
  EXPECT_GE(page["duramen_renders_total"], 4);
  EXPECT_EQ(page["duramen_objects"], 1);
  EXPECT_EQ(page["duramen_storage_sets_total{result=\"written\"}"], 2);
  EXPECT_EQ(page["duramen_storage_flush_duration_seconds_count"], 2);
  EXPECT_EQ(page["duramen_http_refusals_total{status=\"404\"}"], 1);
  EXPECT_EQ(page["duramen_websocket_received_messages_total"], 2);
  EXPECT_GE(page["duramen_loop_lag_seconds_count{loop=\"1\"}"], 0);
  EXPECT_EQ(page["duramen_loop_lag_seconds_count{loop=\"2\"}"], -1);
  EXPECT_EQ(page["duramen_access_log_dropped_lines_total"], 0);
}

TEST(Metrics, AreOfOneServerAlone) {
  const TemporaryDirectory folder;
  Env one, two;
  Server first{counterApp(), one, measured(folder / "one")}, second{counterApp(), two, measured(folder / "two")};
  first.start();
  second.start();
  fetch(first, http::verb::get, "/");
  EXPECT_EQ(metricsOf(first)["duramen_http_requests_total{method=\"GET\",status=\"2xx\"}"], 1);
  EXPECT_EQ(metricsOf(second)["duramen_http_requests_total{method=\"GET\",status=\"2xx\"}"], 0);
  // Nor is a scrape a request of the server's.
  EXPECT_EQ(metricsOf(first)["duramen_http_requests_total{method=\"GET\",status=\"2xx\"}"], 1);
}

TEST(Metrics, ComeAlthoughALoopIsStuck) {
  const TemporaryDirectory folder;
  Stuck stuck;
  ServerOptions options = measured(folder / "data");
  options.threads = 1;
  Server server{stuckApp(), stuck, std::move(options)};
  server.start();
  std::thread client{[&] { fetch(server, http::verb::get, "/"); }};
  stuck.begun.wait();
  EXPECT_EQ(metricsOf(server)["duramen_accepted_connections_total"], 1);
  stuck.goesOn.count_down();
  client.join();
}

TEST(Metrics, AreNowhereElse) {
  const TemporaryDirectory folder;
  Env env;
  Server server{counterApp(), env, measured(folder / "data")};
  server.start();
  const std::string metrics = server.metricsUrl().substr(7, server.metricsUrl().size() - 15);
  EXPECT_EQ(fetch(server, http::verb::get, "/metrics").result_int(), 404U);
  EXPECT_EQ(fetchFrom(metrics, http::verb::get, "/").result_int(), 404U);
  const auto posted = fetchFrom(metrics, http::verb::post, "/metrics");
  EXPECT_EQ(posted.result_int(), 405U);
  EXPECT_EQ(posted[http::field::allow], "GET, HEAD");
  const auto rebound = fetchFrom(metrics, http::verb::get, "/metrics", "", "", {{"Host", "evil.example"}});
  EXPECT_EQ(rebound.result_int(), 421U);
}

TEST(Metrics, AtABusyAddressAreASentence) {
  const TemporaryDirectory folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "one")};
  first.start();
  ServerOptions options = optionsFor(folder / "two");
  options.metrics = authority(first);
  Server second{counterApp(), two, std::move(options)};
  EXPECT_EQ(startError(second), "cannot listen on " + authority(first) + ": the address is already in use");
}

// What keeps it from starting.

TEST(ServerStart, ABusyPortIsASentence) {
  const TemporaryDirectory folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "one")};
  first.start();
  ServerOptions options = optionsFor(folder / "two");
  options.listen = authority(first);
  Server second{counterApp(), two, std::move(options)};
  EXPECT_EQ(startError(second), "cannot listen on " + authority(first) + ": the address is already in use");
}

TEST(ServerStart, NamesThatAreNoneAreSentences) {
  const TemporaryDirectory folder;
  Env one, two;
  ServerOptions hosts = optionsFor(folder / "one"), proxies = optionsFor(folder / "two");
  hosts.allowHosts = {"http://a"};
  proxies.trustProxies = {"10.0.0.0/33"};
  Server first{counterApp(), one, hosts}, second{counterApp(), two, proxies};
  EXPECT_THAT(startError(first), HasSubstr("cannot allow the host \"http://a\""));
  EXPECT_THAT(startError(second), HasSubstr("cannot trust the proxy \"10.0.0.0/33\""));
}

TEST(ServerStart, ADirectoryOfFilesThatCannotBeServedIsASentence) {
  const TemporaryDirectory folder;
  Env env;
  ServerOptions options = optionsFor(folder / "data");
  options.staticFiles = {{.path = "/files", .directory = folder / "none"}};
  Server server{counterApp(), env, std::move(options)};
  EXPECT_EQ(startError(server), "static files at /files: " + (folder / "none") +
                                    " cannot be opened as a directory: No such file or directory");
}

TEST(ServerStart, ADataDirectoryInUseIsASentenceThatNamesTheProcess) {
  const TemporaryDirectory folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "data")}, second{counterApp(), two, optionsFor(folder / "data")};
  first.start();
  EXPECT_THAT(startError(second), testing::AllOf(HasSubstr("in use"), HasSubstr(std::to_string(::getpid()))));
}

TEST(ServerStart, ADataDirectoryThatCannotBeUsedIsASentence) {
  const TemporaryDirectory folder;
  std::ofstream{folder / "file"} << "x";
  Env one;
  Server onFile{counterApp(), one, optionsFor(folder / "file")};
  EXPECT_THAT(startError(onFile), HasSubstr(folder / "file"));
  std::filesystem::create_directory(folder / "notours");
  std::ofstream{folder / "notours/store.sqlite"}
      << "this is no database, but long enough to look like one to a reader of headers";
  Env two;
  Server onOther{counterApp(), two, optionsFor(folder / "notours")};
  EXPECT_THAT(startError(onOther), HasSubstr("store.sqlite"));
  if (::geteuid() != 0) {
    std::filesystem::create_directory(folder / "closed");
    ::chmod((folder / "closed").c_str(), 0500);
    Env three;
    Server onClosed{counterApp(), three, optionsFor(folder / "closed/data")};
    EXPECT_THAT(startError(onClosed), HasSubstr("closed"));
  }
}

}  // namespace
}  // namespace duramen
