#pragma once
// Serves an app from inside any program: no signal handlers, no globals, several servers in one process. The program
// owns its Env; the server opens the namespaces that it finds in it. serve() is these lines, for a program that has
// nothing else to do.

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/app.h"
#include "duramen/log_level.h"
#include "duramen/site_of.h"
#include "duramen/static_directory.h"

namespace duramen {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0 takes a free one
  std::string data = ".duramen";          // the data directory; made if it is not there. One server at a time has it
  std::string secret;                     // a file of 32 random bytes or more; empty: `secret` in the data directory
  // The Content-Security-Policy of each document; "{nonce}" in it is a fresh random number that the document's own
  // scripts carry: "script-src 'self' 'nonce-{nonce}'". Empty: none.
  std::string contentSecurityPolicy = {};
  std::vector<StaticDirectory> staticFiles = {};  // directories whose files anybody may read
  unsigned threads = 0;                           // event loops; 0: one for each core
  std::vector<std::string> allowOrigins;          // beside the server's own: "https://example.com"
  std::chrono::milliseconds drain{10'000};        // how long stop() waits for what is under way
  std::chrono::milliseconds passDeadline{5'000};  // a page that takes longer is given up, and tried again later
  unsigned maxPassRate = 30;                      // renders a second, at most, of one view of one group
  // Any thread. Without one the server says nothing.
  std::function<void(LogLevel, std::string_view)> log;
  // If a command line was wrong, or only asked for --help or --version: what serve() returns at once.
  std::optional<int> exitStatus;
  // A folder where serve() writes the types of the app's components (writeTypes), in place of serving.
  std::optional<std::string> writeTypes;
  // Called once, on a thread of the server's, if its disk failed: it writes no more and has stopped serving.
  std::function<void(std::string reason)> onStopped;

  // From a program's command line: --listen, --data, --threads, --allow-origin, --static, --log-level, --write-types,
  // --help, --version. Logs go to stderr. What a wrong command line needs to be told is printed there.
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

  // Opens the data directory and listens. Throws std::runtime_error with a sentence if the address is taken, or the
  // directory cannot be used. Once.
  void start();
  // Accepts no more, ends what is under way (for at most ServerOptions::drain), and gives up the data directory.
  // Everything acknowledged is on disk. Any number of times; not on a thread of the server's.
  void stop();
  // "http://127.0.0.1:8080", with the port that it got. From start() on.
  std::string url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

namespace app {
int serveUntilSignal(std::unique_ptr<Site> site, ServerOptions options);
int writeTypesTo(const std::string& folder, const std::string& types);
}  // namespace app

// Writes `folder`/app.d.ts, which the app's .tsx import as 'duramen/app' (typescript.h); makes the folder, and leaves
// an equal file alone. The exit status for main: 1 if it cannot, and stderr says why.
template <class ContextT>
int writeTypes(const App<ContextT>& app, const std::string& folder) {
  return app::writeTypesTo(folder, typeScriptOf(app));
}

// Serves until SIGINT or SIGTERM; prints "listening on URL" to stdout. The exit status for main: 0 after a signal, 1 if
// the server could not start, 2 if the command line was wrong, 74 if the disk failed. Only writes the types, if the
// options say so: nothing is opened.
template <class ContextT>
int serve(App<ContextT> app, typename ContextT::EnvType& env, ServerOptions options) {
  if (options.writeTypes && !options.exitStatus) return writeTypes(app, *options.writeTypes);
  return app::serveUntilSignal(std::make_unique<app::SiteOf<ContextT>>(std::move(app), env), std::move(options));
}
template <class ContextT>
int serve(App<ContextT> app, ServerOptions options) {
  constexpr bool buildable = std::default_initializable<typename ContextT::EnvType>;
  static_assert(buildable,
                "this Env holds what only the program has: build it, and pass it to serve(app, env, options)");
  if constexpr (buildable) {
    if (options.writeTypes && !options.exitStatus) return writeTypes(app, *options.writeTypes);
    typename ContextT::EnvType env;
    return serve(std::move(app), env, std::move(options));
  } else {
    return 1;
  }
}

}  // namespace duramen
