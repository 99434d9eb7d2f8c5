#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "duramen/server.h"
#include "server/stderr_log.h"

namespace duramen {
namespace {

StaticDirectory staticDirectory(std::string_view text, bool immutable) {
  const std::size_t equals = text.find('=');
  return {.path = std::string(text.substr(0, equals)),
          .directory = std::string(text.substr(equals + 1)),
          .immutable = immutable};
}

std::string explainStatic(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0 && equals + 1 < text.size()) return {};
  return "expected a path and a directory, as /files=DIR, got " + (text.empty() ? "nothing" : text);
}

std::string explainLimit(std::string text) {
  return CLI::PositiveNumber(text).empty() ? std::string{} : "expected a number above 0, got " + text;
}

}  // namespace

ServerOptions ServerOptions::fromArgs(int argc, char** argv) {
  ServerOptions options;
  std::vector<std::string> listen{"127.0.0.1:8787"};
  double drainSeconds = std::chrono::duration<double>(options.drain).count();
  LogLevel level = LogLevel::info;
  const std::map<std::string, LogLevel> levels{
      {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};
  const std::map<std::string, AccessLogFormat> formats{
      {"off", AccessLogFormat::off}, {"text", AccessLogFormat::text}, {"json", AccessLogFormat::json}};

  CLI::App args{"Serves realtime pages over HTTP and WebSockets."};
  args.add_option("--listen", listen,
                  "Where to listen, once or more: HOST:PORT (port 0 takes a free one, [::]:PORT is IPv6 and IPv4), "
                  "unix:/PATH, or systemd for the sockets that it has opened")
      ->type_name("ADDRESS")
      ->capture_default_str();
  auto* const certificate =
      args.add_option("--tls-cert", options.tlsCertificate,
                      "Speak TLS with this certificate, and those that lead to its root, in PEM; read again when it "
                      "changes, and on SIGHUP")
          ->type_name("FILE");
  args.add_option("--tls-key", options.tlsKey, "The certificate's key, in PEM")->type_name("FILE")->needs(certificate);
  args.add_flag("--tls-self-signed", options.tlsSelfSigned,
                "Speak TLS with a certificate that nobody vouches for, made in DATA/tls; its fingerprint is printed")
      ->excludes(certificate);
  args.add_option("--drain", drainSeconds, "How long to let what is under way end, after SIGINT or SIGTERM")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  args.add_option("--data", options.data, "The data directory; one server at a time has it")
      ->type_name("DIR")
      ->capture_default_str();
  args.add_flag(
      "--accept-damaged-log", options.acceptDamagedLog,
      "Start although the log of DATA/store.sqlite is damaged: saves that stand behind the damage are dropped, "
      "a copy of the log is kept");
  args.add_flag("--accept-changed-store", options.acceptChangedStore,
                "Take pages of DATA/store.sqlite that do not match their checksums as they are, as after a backup was "
                "restored or a shell has written; all get new checksums");
  args.add_option("--secret", options.secret,
                  "A file of at least 32 random bytes, with which values are sealed; else DATA/secret, made at first")
      ->type_name("FILE");
  args.add_option(
          "--csp", options.contentSecurityPolicy,
          "The Content-Security-Policy of each document; {nonce} in it is what the document's scripts carry; an "
          "empty one: none")
      ->type_name("POLICY")
      ->capture_default_str();
  args.add_flag_callback(
      "--no-security-headers", [&] { options.securityHeaders = false; },
      "Send no Referrer-Policy and no X-Frame-Options with a document; the policy is --csp's");
  args.add_option("--threads", options.threads, "Event loops; 0: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0U, 1024U))
      ->capture_default_str();
  args.add_option("--allow-origin", options.allowOrigins,
                  "A web origin that may call actions, beside the server's own: https://example.com")
      ->type_name("ORIGIN");
  args.add_option("--allow-host", options.allowHosts,
                  "A name that the server answers to, beside addresses, localhost and that of --listen: example.com, "
                  "*.example.com, or * for any. Others are refused: a foreign page could point its own name here")
      ->type_name("NAME");
  args.add_option(
          "--trust-proxy", options.trustProxies,
          "A proxy whose X-Forwarded-For, -Proto and -Host, or Forwarded, are believed: 10.0.0.0/8, ::1, or unix")
      ->type_name("CIDR");
  args.add_flag("--proxy-protocol", options.proxyProtocol,
                "Connections of the proxies of --trust-proxy begin with the PROXY protocol's header, version 2");
  std::vector<std::string> staticFiles;
  std::vector<std::string> immutableFiles;
  args.add_option("--static", staticFiles,
                  "Serve the files of DIR at /PATH, for anybody to read; may be given several times")
      ->type_name("/PATH=DIR")
      ->allow_extra_args(false)
      ->check(CLI::Validator(explainStatic, ""));
  args.add_option(
          "--static-immutable", immutableFiles,
          "The same, of files that never change once they have a name, as those of bundlers, whose names hold a "
          "hash: browsers keep each for a year and do not ask again")
      ->type_name("/PATH=DIR")
      ->allow_extra_args(false)
      ->check(CLI::Validator(explainStatic, ""));
  args.add_option("--log-level", level, "The least that is logged, to stderr: debug, info, warning or error")
      ->type_name("LEVEL")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case).description(""))
      ->default_str("info");
  args.add_option("--access-log", options.accessLog,
                  "A line for each request and each socket: text, json or off; never the values of a query")
      ->type_name("FORMAT")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description(""))
      ->default_str("off");
  args.add_option("--access-log-file", options.accessLogFile,
                  "Where those lines are appended, opened anew on SIGHUP; else stderr")
      ->type_name("FILE");
  args.add_option(
          "--metrics", options.metrics,
          "Where GET /metrics answers in the OpenMetrics format: HOST:PORT or unix:/PATH, no address of the clients'")
      ->type_name("ADDRESS");
  args.add_option("--write-types", options.writeTypes,
                  "Write the types of the components' props, for the browser's sources, to DIR/app.d.ts, and end")
      ->type_name("DIR");
  const auto limit = [&](const char* name, auto& value, const char* why) {
    args.add_option(name, value, why)
        ->type_name("N")
        ->check(CLI::Validator(explainLimit, "POSITIVE"))
        ->capture_default_str()
        ->group("Limits");
  };
  const auto seconds = [&](const char* name, std::chrono::milliseconds& value, const char* why) {
    args.add_option_function<double>(
            name,
            [&value](double given) { value = std::chrono::milliseconds(std::max(1LL, std::llround(given * 1000))); },
            why)
        ->type_name("SECONDS")
        ->check(CLI::Range(0.001, 86'400.0))
        ->default_str(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(value).count()))
        ->group("Limits");
  };
  limit("--max-url-bytes", options.maxUrlBytes, "The target of a request; pages have short addresses");
  limit("--max-header-bytes", options.maxHeaderBytes, "All header fields of a request; cookies take most of it");
  limit("--max-header-count", options.maxHeaderCount, "Header fields of a request; a browser sends about 20");
  limit("--max-body-bytes", options.maxBodyBytes, "The body of a request that is no upload; it is held in memory");
  limit("--max-upload-bytes", options.maxUploadBytes,
        "The body of an upload (multipart/form-data): a form with files, or a call that has a File");
  limit("--max-upload-memory", options.maxUploadMemory,
        "Of an upload in memory; a longer one lies in a file in DATA/uploads, as photos do and fields do not");
  limit("--max-bodies-memory", options.maxBodiesMemory,
        "Of the bodies of all requests at once in memory, so that clients cannot fill it; --max-body-bytes at least");
  limit("--max-uploads-disk", options.maxUploadsDisk,
        "Of all uploads at once on the disk, likewise; --max-upload-bytes at least");
  seconds("--max-header-time", options.maxHeaderTime,
          "From the first byte of a request to the end of its header, so that none holds a connection by being slow");
  seconds("--max-body-time", options.maxBodyTime,
          "For the body of a request, likewise; a longer upload has it for each --max-body-bytes");
  limit("--min-body-rate", options.minBodyRate,
        "Bytes a second of a body, after 5 s: slower is no connection of today, but one that is held");
  limit("--min-answer-rate", options.minAnswerRate,
        "Bytes a second that a client takes of its answer, over 20 s: slower is no connection of today, but one that "
        "holds memory");
  seconds("--max-idle-time", options.maxIdleTime,
          "Between two requests of a connection: about how long people look at a page before they go on");
  limit("--max-requests-of-connection", options.maxRequestsOfConnection,
        "Then it is closed, so that connections move to the loops that have time");
  limit("--max-connections", options.maxConnections,
        "At once, realtime clients included; each takes a descriptor, and about 1 KB");
  limit("--max-connections-of-address", options.maxConnectionsOfAddress,
        "Of one address at once, so that none takes all; not of loopback or --trust-proxy, behind which are many");
  limit("--max-objects-memory", options.maxObjectsMemory,
        "Bytes of durable objects that are kept in memory, all loops together: one may have 4 MiB, and anybody may ask "
        "for any; above, the longest idle are read from the disk again when they are used");
  limit("--max-keys", options.maxKeys, "Keys with realtime clients at once; each has a group in memory");
  limit("--max-clients-of-key", options.maxClientsOfKey,
        "Realtime clients of one key at once; each costs a send for each change");
  limit("--max-views-of-key", options.maxViewsOfKey,
        "Distinct views of one key at once; each is rendered by itself, and anybody may ask for another query");
  limit("--max-view-bytes-of-key", options.maxViewBytesOfKey,
        "Bytes that the pages of one key take, for the same reason; a client too many is told to come again later");
  limit("--max-clients-of-address", options.maxClientsOfAddress,
        "Realtime clients of one address at once, so that none takes all; not of loopback");
  limit("--max-join-rate", options.maxJoinRate,
        "Joins a second of one address, ten seconds' worth at once: each may cost a render; not of loopback");
  seconds(
      "--session-interval", options.sessionInterval,
      "Who a realtime client is, is asked again that often: so long a logout elsewhere may go unnoticed, unless the "
      "app revokes the session");
  seconds("--join-lifetime", options.joinLifetime,
          "Whether a realtime client may be where it is, is asked again by the first page after that time");
  limit("--max-view-bytes", options.maxViewBytes,
        "Bytes that the pages of all keys take, since anybody may make up keys; likewise");
  limit("--max-client-memory", options.maxClientMemory,
        "Bytes of messages that come, calls that wait and answers that are not read, of all clients at once, so that "
        "they "
        "cannot fill the memory; above, a client is told to come again later");
  limit("--max-navigation-rate", options.maxNavigationRate,
        "Navigations a second of one client: each may cost a render; above, they wait");
  limit("--max-frame-rate", options.maxFrameRate,
        "WebSocket frames a second of one client: people cause some, a flood would take the others' time; above, they "
        "wait");
  args.set_version_flag("--version", std::string("duramen ") + DURAMEN_VERSION);
  try {
    args.parse(argc, argv);
    for (const std::string& each : staticFiles) options.staticFiles.push_back(staticDirectory(each, false));
    for (const std::string& each : immutableFiles) options.staticFiles.push_back(staticDirectory(each, true));
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    args.exit(error, std::cout, std::cerr);
    options.exitStatus = asked ? 0 : 2;
  }
  options.listen = listen;
  options.drain = std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(drainSeconds));
  options.log = server::stderrLog(level);
  return options;
}

}  // namespace duramen
