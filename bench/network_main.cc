// What a request, a connection and a TLS handshake cost the server, next to nginx, and how much memory an idle client
// holds. scripts/bench network; without nginx its columns stay empty.

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/descriptor_limit.h"
#include "base/testing/temporary_directory.h"
#include "child_process.h"
#include "client_socket.h"
#include "duramen.h"
#include "rate.h"
#include "server/self_signed.h"
#include "socket_crowd.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds perRun{3};
constexpr int connections = 32;

struct Env {
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using BenchContext = Context<Env>;

Node listPage(BenchContext&) {
  std::vector<Node> items;
  for (int i = 0; i < 10; ++i)
    items.push_back(html::li.key(i)(html::a.href("/item/" + std::to_string(i))("Item ", i), html::span(i * 7)));
  return html::main(html::h1("Items"), html::ul(items));
}
constexpr Path<"/"> listPath;

App<BenchContext> benchApp() {
  return defineApp<BenchContext>(realtimeRoute(&Env::realtime), render(nullptr, route(listPath, listPage)));
}

// The same page of an app that knows its clients, each by a cookie of its own.
struct Session {
  std::string token;
};
using SessionContext = Context<Env, Session>;

Node sessionPage(SessionContext&) { return html::main(html::h1("Items")); }

App<SessionContext> sessionApp() {
  return defineApp<SessionContext>(realtimeRoute(&Env::realtime), session([](const SessionRequest& request, Env&) {
                                     return Session{std::string(request.cookie("session"))};
                                   }),
                                   render(nullptr, route(listPath, sessionPage)));
}

// A server in a process of its own, one thread that serves.
class ServerProcess {
 public:
  std::uint16_t plain = freePort(), tls = freePort(), knowing = freePort();
  const ChildProcess& process() const { return *process_; }
  double ownBytes() const { return static_cast<double>(process_->ownBytes()); }

 protected:
  void start(const std::function<void()>& run) {
    process_.emplace(run);
    for (const std::uint16_t port : {plain, tls}) awaitListener(port);
  }

 private:
  std::optional<ChildProcess> process_;
};

// What both serve: files of 1 KB.
std::string filesIn(const TemporaryDirectory& folder) {
  std::string root = folder / "www";
  std::filesystem::create_directories(root);
  std::ofstream{root + "/1k.js"} << std::string(1024, 'x');
  return root;
}

class Ours : public ServerProcess {
 public:
  Ours(const TemporaryDirectory& folder, const server::TlsFiles& files) {
    start([&] {
      Env one, two, three;
      const auto serve = [&](auto app, Env& env, const char* data, std::uint16_t port, bool secure) {
        ServerOptions options;
        options.listen = fmt::format("127.0.0.1:{}", port);
        options.data = folder / data;
        options.threads = 1;
        options.maxRequestsOfConnection = 1'000'000'000;
        options.staticFiles = {{.path = "/files", .directory = filesIn(folder)}};
        if (secure) {
          options.tlsCertificate = files.certificate;
          options.tlsKey = files.key;
        }
        auto server = std::make_unique<Server>(std::move(app), env, std::move(options));
        server->start();
        return server;
      };
      const auto first = serve(benchApp(), one, "plain", plain, false),
                 second = serve(benchApp(), two, "tls", tls, true),
                 third = serve(sessionApp(), three, "knowing", knowing, false);
      for (;;) ::pause();
    });
  }
};

class Nginx : public ServerProcess {
 public:
  static bool isThere() { return std::filesystem::exists("/usr/sbin/nginx"); }
  Nginx(const TemporaryDirectory& folder, const server::TlsFiles& files) {
    const std::string config = folder / "nginx.conf", root = filesIn(folder);
    std::ofstream{config} << fmt::format(
        "daemon off; worker_processes 1; pid {0}/pid; error_log /dev/null; user root;\n"
        "events {{ worker_connections 10000; }}\n"
        "http {{ access_log off; keepalive_requests 100000000; types {{ text/javascript js; }}\n"
        "  client_body_temp_path {0}/a; proxy_temp_path {0}/b; fastcgi_temp_path {0}/c; uwsgi_temp_path {0}/d;\n"
        "  scgi_temp_path {0}/e; sendfile on; tcp_nodelay on;\n"
        "  ssl_certificate {1}; ssl_certificate_key {2}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off;\n"
        "  server {{ listen 127.0.0.1:{3} backlog=4096; listen 127.0.0.1:{4} ssl backlog=4096; root {0}; }} }}\n",
        root, files.certificate, files.key, plain, tls);
    start([&] { ::execl("/usr/sbin/nginx", "nginx", "-c", config.c_str(), nullptr); });
  }
};

std::size_t answerSize(int descriptor, const std::string& request) {
  ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  char some[65536];
  while (answer.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(descriptor, some, sizeof some, 0);
    if (got <= 0) throw std::runtime_error("a server gave no answer");
    answer.append(some, static_cast<std::size_t>(got));
  }
  if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error("not found: " + answer.substr(0, 100));
  const std::size_t length = answer.find("Content-Length: ");
  std::size_t body = 0;
  std::from_chars(answer.data() + length + 16, answer.data() + answer.size(), body);
  const std::size_t all = answer.find("\r\n\r\n") + 4 + body;
  while (answer.size() < all) {
    const ssize_t got = ::recv(descriptor, some, sizeof some, 0);
    if (got <= 0) throw std::runtime_error("an answer was cut off");
    answer.append(some, static_cast<std::size_t>(got));
  }
  return all;
}

// Each connection has one request under way; answers to one path are of one size.
Rate requests(const ServerProcess& server, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  struct Client {
    int descriptor;
    std::size_t left;
  };
  std::vector<Client> clients;
  std::size_t size = 0;
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connections; ++i) {
    const int descriptor = connectTo(server.plain);
    size = answerSize(descriptor, request);
    clients.push_back({descriptor, 0});
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].descriptor, &event);
    ::send(clients[i].descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    clients[i].left = size;
  }
  const Rate rate = measure(server.process(), perRun, [&] {
    epoll_event events[connections];
    const int ready = ::epoll_wait(poll, events, connections, 1000);
    std::size_t done = 0;
    char some[65536];
    for (int i = 0; i < ready; ++i) {
      Client& client = clients[events[i].data.u64];
      const ssize_t got = ::recv(client.descriptor, some, sizeof some, MSG_DONTWAIT);
      if (got <= 0) throw std::runtime_error("a connection was closed");
      client.left -= std::min(client.left, static_cast<std::size_t>(got));
      if (client.left > 0) continue;
      ++done;
      client.left = size;
      ::send(client.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    }
    return done;
  });
  for (const Client& client : clients) ::close(client.descriptor);
  ::close(poll);
  return rate;
}

Rate accepts(const ServerProcess& server, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  return measure(server.process(), perRun, [&] {
    const int descriptor = connectTo(server.plain);
    ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    char some[65536];
    while (::recv(descriptor, some, sizeof some, 0) > 0) {
    }
    ::close(descriptor);
    return std::size_t{1};
  });
}

// Whole ones, of TLS 1.3, without a session to resume.
Rate handshakes(const ServerProcess& server) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const Rate rate = measure(server.process(), perRun, [&] {
    const int descriptor = connectTo(server.tls);
    SSL* const tls = SSL_new(context);
    SSL_set_fd(tls, descriptor);
    if (SSL_connect(tls) != 1) throw std::runtime_error("a handshake failed");
    SSL_shutdown(tls);
    SSL_free(tls);
    ::close(descriptor);
    return std::size_t{1};
  });
  SSL_CTX_free(context);
  return rate;
}

constexpr std::string_view joining =
    "GET /__realtime?key=%2F&url=%2F HTTP/1.1\r\nHost: localhost\r\nOrigin: {}://localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Cookie: session={:032x}; theme=dark\r\nUser-Agent: a browser with a long name\r\n\r\n";

// Of one client that has its page and waits, membership and version included; the kernel's own is not counted.
double idleBytes(const ServerProcess& server, int clients, std::uint16_t port) {
  const bool secure = port == server.tls;
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  std::vector<std::pair<int, SSL*>> all;
  const auto join = [&] {
    const int descriptor = connectTo(port);
    const std::string request = fmt::format(joining, secure ? "https" : "http", all.size());
    SSL* tls = nullptr;
    char some[4096];
    if (secure) {
      tls = SSL_new(context);
      SSL_set_fd(tls, descriptor);
      if (SSL_connect(tls) != 1) throw std::runtime_error("a handshake failed");
      SSL_write(tls, request.data(), static_cast<int>(request.size()));
      if (SSL_read(tls, some, sizeof some) <= 0) throw std::runtime_error("a join was refused");
    } else {
      ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
      if (::recv(descriptor, some, sizeof some, 0) <= 0) throw std::runtime_error("a join was refused");
    }
    if (std::string_view{some, 12} != "HTTP/1.1 101") throw std::runtime_error("a join was refused");
    all.emplace_back(descriptor, tls);
  };
  for (int i = 0; i < 100; ++i) join();
  ::usleep(500'000);
  const double before = server.ownBytes();
  for (int i = 0; i < clients; ++i) join();
  ::usleep(1'000'000);
  const double after = server.ownBytes();
  for (const auto& [descriptor, tls] : all) {
    SSL_free(tls);
    ::close(descriptor);
  }
  SSL_CTX_free(context);
  return (after - before) / clients;
}

void print(std::string_view what, const Rate& ours, const std::optional<Rate>& theirs) {
  fmt::print("{:<34} {:>9.0f}/s {:>7.1f} us CPU", what, ours.perSecond, ours.cpuMicroseconds);
  if (theirs)
    fmt::print("   nginx {:>9.0f}/s {:>7.1f} us CPU   ratio {:.2f} in CPU", theirs->perSecond, theirs->cpuMicroseconds,
               ours.cpuMicroseconds / theirs->cpuMicroseconds);
  fmt::print("\n");
}

void compare(const TemporaryDirectory& folder) {
  const auto files = server::selfSigned(folder / "tls", {});
  if (!files) throw std::runtime_error(files.error());
  const Ours ours{folder, *files};
  std::optional<Nginx> nginx;
  if (Nginx::isThere()) nginx.emplace(folder, *files);
  const auto both = [&](auto call) { return nginx ? std::optional{call(*nginx)} : std::nullopt; };
  print("file of 1 KB", requests(ours, "/files/1k.js"),
        both([](const ServerProcess& peer) { return requests(peer, "/1k.js"); }));
  print("health check (3 bytes)", requests(ours, "/healthz"), std::nullopt);
  print("page of 32 elements", requests(ours, "/"), std::nullopt);
  print("connection with one file of 1 KB", accepts(ours, "/files/1k.js"),
        both([](const ServerProcess& peer) { return accepts(peer, "/1k.js"); }));
  print("TLS 1.3 handshake, P-256", handshakes(ours), both([](const ServerProcess& peer) { return handshakes(peer); }));
  fmt::print(
      "idle realtime client: {:.0f} bytes plain, {:.0f} bytes with a session of its own, {:.0f} bytes with TLS\n",
      idleBytes(ours, 4000, ours.plain), idleBytes(ours, 4000, ours.knowing), idleBytes(ours, 2000, ours.tls));
}

}  // namespace
}  // namespace duramen::bench

int main() {
  duramen::raiseDescriptorLimit();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const duramen::TemporaryDirectory folder;
    duramen::bench::compare(folder);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
