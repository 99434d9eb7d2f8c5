#include "testing/bench.h"

#include "base/log.h"
#include "wire/frame_error.h"

namespace duramen::test {
namespace {

std::string_view nameOf(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug: ";
    case LogLevel::info:
      return "info: ";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      return "error: ";
    case LogLevel::fatal:
      return "fatal: ";
  }
  return "";
}

server::ServiceOptions optionsOfBench() {
  server::ServiceOptions options;
  options.hosts = server::HostCheck::of({}, {"*"}).value();
  return options;
}

}  // namespace

Request requestOf(std::string method, std::string_view link, const TestClient& client) {
  Request request;
  request.method = std::move(method);
  const std::size_t question = std::min(link.find('?'), link.size());
  request.path = link.substr(0, question);
  request.query = link.substr(std::min(question + 1, link.size()));
  request.headers = client.headers;
  request.headers.emplace_back("Host", "test");
  request.headers.emplace_back("Origin", "http://test");
  request.address = "127.0.0.1";
  return request;
}

Bench::Bench(std::unique_ptr<app::Site> site)
    : log_([this](LogLevel level,
                  std::string_view text) { lines_.push_back(std::string(nameOf(level)) + std::string(text)); },
           [this] { return loop_.now(); }),
      objects_(loop_, [this] { return wallSeconds_; }),
      service_(std::move(site), {&loop_}, objects_.objects(), optionsOfBench(), log_),
      handler_(service_, loop_),
      tasks_(loop_) {
  handler_.setOutlet(*this);
  run();
}

Bench::~Bench() {
  for (const auto& [socket, reader] : std::exchange(readers_, {})) reader->closed("its TestApp has gone");
  service_.groups().clear([this] { run(); });
  objects_.objects().stop([this] { run(); });
  run();
}

void Bench::advance(loop::Duration by) {
  wallSeconds_ += std::chrono::duration_cast<std::chrono::seconds>(by).count();
  loop_.advance(by);
}

TestResponse Bench::request(Request request) {
  // The answer may come after this call has ended: then nobody takes it.
  const auto answered = std::make_shared<std::optional<server::Response>>();
  loop_.post([this, request = std::move(request), waiting = std::weak_ptr{answered}]() mutable {
    handler_.request(std::move(request), [waiting](server::Response answer) {
      if (const auto wanted = waiting.lock()) *wanted = std::move(answer);
    });
  });
  run();
  if (!*answered) throw std::runtime_error("the page still waits");
  server::Response& response = **answered;
  std::string body = response.staticBody.empty() ? std::move(response.body) : std::string(response.staticBody);
  return {response.status, std::move(response.headers), std::move(body)};
}

Reader* Bench::find(realtime::SocketId socket) {
  const auto at = readers_.find(socket);
  return at == readers_.end() ? nullptr : at->second;
}

void Bench::push(std::span<const realtime::SocketId> sockets, const realtime::SharedFrame& page) {
  for (const realtime::SocketId socket : sockets)
    if (Reader* const reader = find(socket)) reader->push(page);
}

void Bench::reply(realtime::SocketId socket, realtime::SharedFrame frame) {
  if (Reader* const reader = find(socket)) reader->reply(std::move(frame), true);
}

void Bench::send(realtime::SocketId socket, realtime::SharedFrame frame) {
  if (Reader* const reader = find(socket)) reader->reply(std::move(frame), false);
}

void Bench::close(realtime::SocketId socket, std::uint16_t code, std::string_view reason) {
  Reader* const reader = find(socket);
  if (!reader) return;
  reader->closed("closed by the server with " + std::to_string(code) + ": " + std::string(reason));
  remove(socket);
  loop_.post([this, socket] { handler_.closed(socket); });
  if (code != wire::close_code::sessionEnded) return;
  loop_.post([waiting = reader->weak_from_this()] {
    if (const auto alive = waiting.lock()) alive->connectAgain();
  });
}

}  // namespace duramen::test
