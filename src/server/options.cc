#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "duramen/server.h"

namespace duramen {
namespace {

StaticDirectory staticDirectory(std::string_view text) {
  const std::size_t equals = text.find('=');
  return {.path = std::string(text.substr(0, equals)), .directory = std::string(text.substr(equals + 1))};
}

std::string explainStatic(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0 && equals + 1 < text.size()) return {};
  return "expected a path and a directory, as /files=DIR, got " + (text.empty() ? "nothing" : text);
}

spdlog::level::level_enum spdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::function<void(LogLevel, std::string_view)> logToStderr(LogLevel least) {
  // Not in spdlog's registry: it belongs to the program.
  auto logger = std::make_shared<spdlog::logger>("duramen", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(spdlogLevel(least));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  return [logger](LogLevel level, std::string_view text) {
    logger->log(spdlogLevel(level), spdlog::string_view_t{text.data(), text.size()});
  };
}

}  // namespace

ServerOptions ServerOptions::fromArgs(int argc, char** argv) {
  ServerOptions options;
  options.listen = "127.0.0.1:8787";
  LogLevel level = LogLevel::info;
  const std::map<std::string, LogLevel> levels{
      {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};

  CLI::App args{"Serves realtime pages over HTTP and WebSockets."};
  args.add_option("--listen", options.listen, "Where to listen; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  args.add_option("--data", options.data, "The data directory; one server at a time has it")
      ->type_name("DIR")
      ->capture_default_str();
  args.add_option("--secret", options.secret,
                  "A file of at least 32 random bytes, with which values are sealed; else DATA/secret, made at first")
      ->type_name("FILE");
  args.add_option("--csp", options.contentSecurityPolicy,
                  "The Content-Security-Policy of each document; {nonce} in it is what the document's scripts carry: "
                  "\"script-src 'self' 'nonce-{nonce}'\"")
      ->type_name("POLICY");
  args.add_option("--threads", options.threads, "Event loops; 0: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0U, 1024U))
      ->capture_default_str();
  args.add_option("--allow-origin", options.allowOrigins,
                  "A web origin that may call actions, beside the server's own: https://example.com")
      ->type_name("ORIGIN");
  std::vector<std::string> staticFiles;
  args.add_option("--static", staticFiles,
                  "Serve the files of DIR at /PATH, for anybody to read; may be given several times")
      ->type_name("/PATH=DIR")
      ->allow_extra_args(false)
      ->check(CLI::Validator(explainStatic, ""));
  args.add_option("--log-level", level, "The least that is logged, to stderr: debug, info, warning or error")
      ->type_name("LEVEL")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case).description(""))
      ->default_str("info");
  args.add_option("--write-types", options.writeTypes,
                  "Write the types of the components' props, for the browser's sources, to DIR/app.d.ts, and end")
      ->type_name("DIR");
  args.set_version_flag("--version", std::string("duramen ") + DURAMEN_VERSION);
  try {
    args.parse(argc, argv);
    for (const std::string& each : staticFiles) options.staticFiles.push_back(staticDirectory(each));
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    args.exit(error, std::cout, std::cerr);
    options.exitStatus = asked ? 0 : 2;
  }
  options.log = logToStderr(level);
  return options;
}

}  // namespace duramen
