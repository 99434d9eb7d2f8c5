// A whole server, over real sockets, with Boost.Beast as the client.

#include "duramen/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "duramen/html.h"
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

App<TestContext> counterApp() {
  return defineApp<TestContext>(realtimeRoute(&Env::realtime), actions(addAction),
                                render(wholeDocument, route(rootPath, counterPage)));
}

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "duramen-server-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

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

http::response<http::string_body> fetch(const Server& server, http::verb method, const std::string& target,
                                        const std::string& body = {}, const std::string& origin = {},
                                        const Fields& fields = {}) {
  boost::asio::io_context io;
  tcp::socket socket = connected(io, authority(server));
  http::request<http::string_body> request{method, target, 11};
  request.set(http::field::host, authority(server));
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

  const Folder folder;
  Env env;
  Server server{counterApp(), env, optionsFor(folder / "data")};
};

TEST_F(RunningServer, ServesPagesAndActions) {
  EXPECT_THAT(fetch(server, http::verb::get, "/").body(), HasSubstr("<p>count <!-- -->0</p>"));
  EXPECT_THAT(fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[3]", server.url()).body(),
              HasSubstr("10000000:3\n"));
  EXPECT_THAT(fetch(server, http::verb::get, "/?__rsc").body(), HasSubstr("[\"count \",3]"));
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

// U13 over a real socket: a realtime action works, and everybody else sees it.
TEST_F(RunningServer, ARealtimeActionReachesTheOtherSocket) {
  Socket alice{server}, bob{server};
  ASSERT_TRUE(alice.isOpen() && bob.isOpen());
  EXPECT_THAT(alice.call("add", "[5]"), testing::AllOf(HasSubstr("10000000:5\n"), HasSubstr("[\"count \",5]")));
  bob.awaitPage("[\"count \",5]");
}

TEST_F(RunningServer, OnJoiningTheCurrentPageIsPushed) {
  Socket alice{server};
  alice.call("add", "[7]");
  Socket late{server};
  late.awaitPage("[\"count \",7]");
}

TEST_F(RunningServer, AnActionByPostShowsToTheReadersOfItsPage) {
  Socket reader{server};
  fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[9]", server.url());
  reader.awaitPage("[\"count \",9]");
}

TEST_F(RunningServer, APostThatNamesNoActionIsAnswered) {
  const auto answer = fetch(server, http::verb::post, "/", "a=1", server.url());
  EXPECT_EQ(answer.result_int(), 415U);
  EXPECT_THAT(answer.body(), HasSubstr("expected multipart/form-data"));
  EXPECT_EQ(fetch(server, http::verb::post, "/", "a=1", "http://elsewhere.example").result_int(), 403U);
}

TEST(Server, EachDocumentHasANonceOfItsOwn) {
  const Folder folder;
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
  EXPECT_EQ(fetch(server, http::verb::get, "/healthz", "", "", {{"Host", "evil.example"}}).result_int(), 421U);
  EXPECT_EQ(fetch(server, http::verb::get, "/", "", "", {{"Host", "localhost:1"}}).result_int(), 200U);
  // A page of that name posts an action: of its own origin, but not to us.
  EXPECT_EQ(fetch(server, http::verb::post, "/?__rsc&__rsc_action_id=add", "[3]", "http://evil.example",
                  {{"Host", "evil.example"}})
                .result_int(),
            421U);
}

TEST(Server, BehindAProxyItBelievesItAboutSchemeAndHost) {
  const Folder folder;
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
  const Folder folder;
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
  const Folder folder;
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
  const Folder folder;
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

// U9: scheme, host and port. U8: the url names no other place.
TEST(Server, U9U8SocketsOfOtherOriginsAreRefused) {
  const Folder folder;
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

TEST(Server, TwoServersLiveInOneProcess) {
  const Folder folder;
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
  const Folder folder;
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

TEST_F(RunningServer, EveryReaderComesToTheLastStateUnderLoad) {
  constexpr int writers = 4, each = 25;
  Socket reader{server};
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      Socket writer{server};
      for (int n = 0; n < each; ++n) writer.call("add", "[1]");
    });
  reader.awaitPage("[\"count \"," + std::to_string(writers * each) + "]");
  for (std::thread& thread : threads) thread.join();
}

TEST(Server, RenderRealtimeClientsWorksFromAnyThread) {
  const Folder folder;
  Env env;
  Server server{counterApp(), env, optionsFor(folder / "data")};
  renderRealtimeClients(env.realtime, "/");  // before the start: nothing
  server.start();
  Socket alice{server};
  std::thread other{[&] {
    for (int i = 0; i < 100; ++i) renderRealtimeClients(env.realtime, "/");
  }};
  EXPECT_THAT(alice.call("add", "[1]"), HasSubstr("10000000:1\n"));
  other.join();
  server.stop();
  renderRealtimeClients(env.realtime, "/");  // after the stop: nothing
}

// What keeps a server from starting is one sentence.

std::string startError(Server& server) {
  try {
    server.start();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it started";
}

TEST(ServerStart, ABusyPortIsASentence) {
  const Folder folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "one")};
  first.start();
  ServerOptions options = optionsFor(folder / "two");
  options.listen = authority(first);
  Server second{counterApp(), two, std::move(options)};
  EXPECT_EQ(startError(second), "cannot listen on " + authority(first) + ": the address is already in use");
}

TEST(ServerStart, NamesThatAreNoneAreSentences) {
  const Folder folder;
  Env one, two;
  ServerOptions hosts = optionsFor(folder / "one"), proxies = optionsFor(folder / "two");
  hosts.allowHosts = {"http://a"};
  proxies.trustProxies = {"10.0.0.0/33"};
  Server first{counterApp(), one, hosts}, second{counterApp(), two, proxies};
  EXPECT_THAT(startError(first), HasSubstr("cannot allow the host \"http://a\""));
  EXPECT_THAT(startError(second), HasSubstr("cannot trust the proxy \"10.0.0.0/33\""));
}

TEST(ServerStart, ADataDirectoryInUseIsASentenceThatNamesTheProcess) {
  const Folder folder;
  Env one, two;
  Server first{counterApp(), one, optionsFor(folder / "data")}, second{counterApp(), two, optionsFor(folder / "data")};
  first.start();
  EXPECT_THAT(startError(second), testing::AllOf(HasSubstr("in use"), HasSubstr(std::to_string(::getpid()))));
}

TEST(ServerStart, ADataDirectoryThatCannotBeUsedIsASentence) {
  const Folder folder;
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
