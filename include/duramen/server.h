#pragma once
// Serves an app from inside any program: no signal handlers, no globals, several servers in one process. The program
// owns its Env; the server opens the namespaces that it finds in it. A program whose main thread has nothing else to do
// calls run(), which waits for signals and does what the command line says; serve() is these lines.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/app.h"
#include "duramen/listen.h"
#include "duramen/log_level.h"
#include "duramen/site_of.h"
#include "duramen/static_directory.h"

namespace duramen {

inline constexpr std::string_view defaultContentSecurityPolicy =
    "script-src 'self' 'nonce-{nonce}'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

// How a line of the access log reads (docs/operating.md).
enum class AccessLogFormat : std::uint8_t { off, text, json };

struct ServerOptions {
  ListenAddresses listen = "127.0.0.1:8080";
  // Stream sockets that listen already, such as one that the program opened with a privilege which it then gave up. The
  // server takes them over when it starts.
  std::vector<int> listenDescriptors;
  // TLS on all of these but Unix sockets: a certificate with those that lead to its root, and its key, in PEM files.
  // Read again when they change, or when reloadCertificates() is called; what is refused then leaves the old ones in
  // use.
  std::string tlsCertificate = {};
  std::string tlsKey = {};
  // Instead: a certificate that nobody vouches for, made in the data directory. Its fingerprint is logged.
  bool tlsSelfSigned = false;
  std::string data = ".duramen";  // the data directory; made if it is not there. One server at a time has it
  // Starts although the log of DATA/store.sqlite is damaged: what stands behind the damage, though acknowledged, is
  // dropped, and a copy of the log kept. Without it such a start is refused.
  bool acceptDamagedLog = false;
  // Takes pages of the store that do not match their checksums as they are: those of a backup that was restored, or
  // that another program has changed. All pages get new checksums.
  bool acceptChangedStore = false;
  std::string secret;  // a file of 32 random bytes or more; empty: `secret` in the data directory
  // The Content-Security-Policy of each document; "{nonce}" in it is a fresh random number that the document's own
  // scripts carry. The default lets no other scripts run than the server's own, and no other site frame the page.
  // Empty: none.
  std::string contentSecurityPolicy = std::string(defaultContentSecurityPolicy);
  bool securityHeaders = true;            // of each document beside the policy: Referrer-Policy, X-Frame-Options
  unsigned threads = 0;                   // event loops; 0: one for each core
  std::vector<std::string> allowOrigins;  // beside the server's own: "https://example.com"
  // Names that the server answers to, beside addresses, localhost and the name in `listen`: "example.com",
  // "*.example.com", or "*". Others are refused (421): a foreign page could point a name of its own here.
  std::vector<std::string> allowHosts;
  // Proxies whose X-Forwarded-For, -Proto and -Host, or Forwarded, are believed: "10.0.0.0/8", "::1", "unix".
  std::vector<std::string> trustProxies;
  // Connections of these proxies begin with the PROXY protocol's header (version 2), which names the client.
  bool proxyProtocol = false;
  std::vector<StaticDirectory> staticFiles = {};  // directories whose files anybody may read
  std::chrono::milliseconds drain{10'000};        // how long stop() lets what is under way end
  std::chrono::milliseconds passDeadline{5'000};  // a page that takes longer is given up, and tried again later
  unsigned maxPassRate = 30;                      // renders a second, at most, of one view of one group
  // Requests: what is larger, or slower, is refused before the app sees it.
  std::size_t maxUrlBytes = 8 * 1024;               // of the target; above, 414
  std::size_t maxHeaderBytes = 16 * 1024;           // of all fields; above, 431
  std::size_t maxHeaderCount = 100;                 // fields; above, 431
  std::size_t maxBodyBytes = 4 * 1024 * 1024;       // but of an upload; above, 413
  std::chrono::milliseconds maxHeaderTime{10'000};  // from the first byte to the end of the fields; above, 408
  std::chrono::milliseconds maxBodyTime{120'000};   // likewise; of an upload, for each maxBodyBytes of it
  std::size_t minBodyRate = 256;                    // bytes a second, over all of a body, after 5 s; below, 408
  std::size_t minAnswerRate = 4096;                 // bytes a second that a client takes of its answer, over 20 s
  std::chrono::milliseconds maxIdleTime{60'000};    // between two requests; then the connection is closed
  std::size_t maxRequestsOfConnection = 10'000;     // the answer to the last one closes it
  std::size_t maxConnections = 10'000;              // at once, realtime clients included; above, 503
  std::size_t maxConnectionsOfAddress = 512;        // at once; not of loopback or trustProxies; above, 429
  // Uploads: bodies of multipart/form-data, as which forms and calls that have a File come. A long one lies in a file
  // without a name in `uploads` of the data directory while it is received and somebody has it.
  std::size_t maxUploadBytes = 64 * 1024 * 1024;  // of one; above, 413
  std::size_t maxUploadMemory = 256 * 1024;       // of one; what is longer lies on the disk
  // All bodies at once, those of requests that are answered just now included; above, 503.
  std::size_t maxBodiesMemory = 256 * 1024 * 1024;               // maxBodyBytes at least
  std::size_t maxUploadsDisk = std::size_t{1024} * 1024 * 1024;  // maxUploadBytes at least
  // Realtime clients, so that nobody fills the memory or the time of others. Those of an address do not count for
  // loopback and Unix sockets, behind which may be a proxy: trustProxies tells their clients apart.
  std::size_t maxKeys = 100'000;          // with clients, at once; above, a join is refused with 503
  std::size_t maxClientsOfKey = 100'000;  // at once; likewise
  std::size_t maxClientsOfAddress = 256;  // at once; above, 429
  double maxJoinRate = 50;                // joins a second of one address, 10 seconds' worth at once; above, 429
  // Distinct views of one key at once, and bytes of their pages. A client that would need one more is closed with 1013.
  std::size_t maxViewsOfKey = 10'000;
  std::size_t maxViewBytesOfKey = 256 * 1024 * 1024;
  std::size_t maxViewBytes = 512 * 1024 * 1024;  // of all keys; likewise
  // Who a realtime client is, is asked again that often (session(...)), and whether it may be there (mayJoin).
  std::chrono::milliseconds sessionInterval{10'000};
  std::chrono::milliseconds joinLifetime{60'000};
  // What all clients take of memory at once, beside bodies: heads of requests, messages from their first byte until
  // their actions have run, and answers until they are sent. Above it a request is answered with 503, as is a call; a
  // WebSocket whose message or answer finds no room is closed with 1013.
  std::size_t maxClientMemory = 256 * 1024 * 1024;
  double maxNavigationRate = 20;  // navigations a second of one client; above, they wait
  unsigned maxFrameRate = 250;    // WebSocket frames a second of one client; above, they wait
  // What durable objects take of the memory while they are kept there, all loops together; each loop has an equal
  // share. Above it the longest idle leave first; what is at work, or has sets on their way to the disk, stays.
  std::size_t maxObjectsMemory = 256 * 1024 * 1024;
  // A line for each request, and for the beginning and the end of each socket, written by a thread of its own.
  AccessLogFormat accessLog = AccessLogFormat::off;
  std::string accessLogFile;  // appended to; empty: standard error
  // Where GET /metrics answers in the OpenMetrics format, for a Prometheus server: an address as in `listen`; empty:
  // nowhere. Whoever reaches it may read it: no address of the clients'.
  std::string metrics;
  // Any thread, also a loop's: what waits in it holds up all clients of that loop. A text is one line of printable
  // characters, whatever a client sent, and lines that a client can cause are limited (docs/operating.md). Without one
  // the server says nothing.
  std::function<void(LogLevel, std::string_view)> log;
  // If a command line was wrong, or only asked for --help or --version: what main returns. No server starts with it.
  std::optional<int> exitStatus;
  // A folder where the types of the app's components are written (writeTypes), in place of serving: by run() and
  // serve(), or by insteadOfServing().
  std::optional<std::string> writeTypes;
  // Called once, on a thread of the server's, if its disk failed: it writes no more and has stopped serving.
  std::function<void(std::string reason)> onStopped;

  // From a program's command line, as --help says. Logs go to stderr, by a thread of their own: no loop waits for a
  // reader of it. What a wrong command line needs to be told is
  // printed there.
  static ServerOptions fromArgs(int argc, char** argv);
};

class Server {
 public:
  // REQUIRES: `env` outlives the server.
  template <class ContextT>
  Server(App<ContextT> app, typename ContextT::EnvType& env, ServerOptions options = {})
      : Server(std::make_unique<app::SiteOf<ContextT>>(std::move(app), env), std::move(options)) {}
  Server(std::unique_ptr<app::Site> site, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Stops it, if it runs.
  ~Server();

  // Serves until SIGINT or SIGTERM, or until another thread calls stop(); on SIGHUP reads certificates again and
  // reopens logs. Prints "listening on URL" to stdout. The exit status for main: 0 after a signal, 1 if the server
  // could not start, 2 if the command line was wrong, 74 if the disk failed. If the options ask for something else than
  // serving, only does that (insteadOfServing). While it runs it handles these signals, whichever thread of the program
  // they come to, and takes all descriptors that the process may have; one server of a process at a time does. A second
  // signal ends the process at once. Calls start() and stop().
  int run();
  // For a program that calls start() itself: does what the options ask for in place of serving, and returns what main
  // then does: the status of --help or of a wrong command line, or that of --write-types. Nothing: the program serves.
  std::optional<int> insteadOfServing();
  // Opens the data directory and listens. Throws std::runtime_error with a sentence if the address is taken, or the
  // directory cannot be used; std::logic_error if insteadOfServing() has a status. Once.
  void start();
  // Accepts no more, ends what is under way (for at most ServerOptions::drain), and gives up the data directory.
  // Everything acknowledged is on disk. Any number of times; not on a thread of the server's.
  void stop();
  // Goes on in the file that has the access log's name now: for a program that moves old logs away. Any thread, from
  // start() on.
  void reopenLogs();
  // The first address: "http://127.0.0.1:8080", with the port that it got; "https://..." with TLS. From start() on.
  std::string url() const;
  // All of them; "unix:/run/app.sock" for a Unix socket.
  std::vector<std::string> urls() const;
  // "http://127.0.0.1:9464/metrics", or "unix:/run/metrics.sock"; empty without metrics. From start() on.
  std::string metricsUrl() const;
  // Of the certificate, SHA-256: "AB:CD:..."; empty without TLS. From start() on.
  std::string tlsFingerprint() const;
  // Reads the certificate and its key again, for new connections. The error says why the old ones stay. Between start()
  // and stop(), from any thread.
  std::expected<void, std::string> reloadCertificates();

 private:
  const ServerOptions& options() const;
  // Calls `ending`, which may be null, on some thread when the disk has failed or stop() is called.
  void whenEnding(std::function<void()> ending);
  bool diskHasFailed() const;

  class Impl;
  std::unique_ptr<Impl> impl_;
};

namespace app {
int writeTypesTo(const std::string& folder, const std::string& types);
}  // namespace app

// Writes `folder`/app.d.ts, which the app's .tsx import as 'duramen/app' (typescript.h); makes the folder, and leaves
// an equal file alone. The exit status for main: 1 if it cannot, and stderr says why.
template <class ContextT>
int writeTypes(const App<ContextT>& app, const std::string& folder) {
  return app::writeTypesTo(folder, typeScriptOf(app));
}

// Server::run(), for a program that has nothing else to do.
template <class ContextT>
int serve(App<ContextT> app, typename ContextT::EnvType& env, ServerOptions options) {
  return Server{std::move(app), env, std::move(options)}.run();
}
template <class ContextT>
int serve(App<ContextT> app, ServerOptions options) {
  constexpr bool buildable = std::default_initializable<typename ContextT::EnvType>;
  static_assert(buildable,
                "this Env holds what only the program has: build it, and pass it to serve(app, env, options)");
  if constexpr (buildable) {
    // Before the Env is made: that may cost, or reach for what a build has not.
    if (options.exitStatus) return *options.exitStatus;
    if (options.writeTypes) return writeTypes(app, *options.writeTypes);
    typename ContextT::EnvType env;
    return serve(std::move(app), env, std::move(options));
  } else {
    return 1;
  }
}

}  // namespace duramen
