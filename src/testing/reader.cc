#include <fmt/format.h>

#include "base/ascii.h"
#include "base/json.h"
#include "testing/bench.h"
#include "wire/realtime.h"

namespace duramen::test {
namespace {

std::string percentEncoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (isLetter(c) || isDigit(c))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

constexpr int mostRedirects = 20;

std::string_view headerOf(const TestResponse& response, std::string_view name) {
  for (const auto& [each, value] : response.headers)
    if (equalIgnoringCase(each, name)) return value;
  return {};
}

bool isDocument(const TestResponse& response) { return headerOf(response, "Content-Type").starts_with("text/html"); }

// Path and query of what a link on the page `from` leads to (RFC 3986 §5.2).
std::string linkTo(std::string_view from, std::string_view link) {
  constexpr std::string_view origin = "http://test";
  if (link.starts_with(origin) && (link.size() == origin.size() || link[origin.size()] == '/'))
    link.remove_prefix(origin.size());
  const std::size_t colon = link.find(':');
  if (link.starts_with("//") || (colon != std::string_view::npos && colon < link.find_first_of("/?#")))
    throw std::runtime_error(fmt::format("\"{}\" leads away from the app", link));
  link = link.substr(0, link.find('#'));
  const std::string_view path = from.substr(0, from.find('?'));
  if (link.empty()) return std::string(from);
  if (link.starts_with('?')) return std::string(path).append(link);
  const std::string_view query = link.substr(std::min(link.find('?'), link.size()));
  std::string_view rest = link.substr(0, link.size() - query.size());
  std::string resolved;
  if (!rest.starts_with('/')) resolved = path.substr(0, path.rfind('/'));
  if (rest.starts_with('/')) rest.remove_prefix(1);
  for (;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const bool isLast = slash == std::string_view::npos;
    if (segment == "..") resolved.erase(std::min(resolved.rfind('/'), resolved.size()));
    if (segment != ".." && segment != ".")
      (resolved += '/') += segment;
    else if (isLast)
      resolved += '/';
    if (isLast) break;
    rest.remove_prefix(slash + 1);
  }
  return resolved.append(query);
}

// The payload that a document's script hands to React.
std::string payloadIn(std::string_view html) {
  constexpr std::string_view start = "(self.__FLIGHT_DATA||=[]).push(", end = ")</script>";
  const std::size_t from = html.find(start);
  const std::size_t to = html.find(end, from);
  if (from == std::string_view::npos || to == std::string_view::npos)
    throw std::runtime_error("the document holds no payload");
  const auto text = parseJson(html.substr(from + start.size(), to - from - start.size()));
  if (!text) throw std::runtime_error("the document's payload: " + describe(text.error()));
  return std::get<std::string>(text->is);
}

}  // namespace

Reader::Reader(const std::shared_ptr<Bench>& bench, std::string link, TestClient client)
    : bench_(bench), link_(std::move(link)), client_(std::move(client)), cookies_(client_.headers) {}

Bench& Reader::bench() const {
  const auto bench = bench_.lock();
  if (!bench) throw std::runtime_error("the reader's TestApp has gone");
  return *bench;
}

Request Reader::requestOf(std::string method, std::string_view link) const {
  Request request = test::requestOf(std::move(method), link, client_);
  std::string cookies = cookies_.header(request.path, bench().manualLoop().now());
  if (!cookies.empty()) request.headers.emplace_back("Cookie", std::move(cookies));
  return request;
}

TestResponse Reader::answerTo(Request request) {
  TestResponse response = bench().request(std::move(request));
  cookies_.take(response.headers, bench().manualLoop().now());
  if (client_.received) client_.received(response.body);
  return response;
}

TestResponse Reader::fetch(Request request) {
  TestResponse response = answerTo(std::move(request));
  for (int redirects = 0; response.status >= 300 && response.status < 400; ++redirects) {
    if (redirects == mostRedirects)
      throw std::runtime_error("the redirects lead round in a circle, at last to " + link_);
    link_ = linkTo(link_, headerOf(response, "Location"));
    response = answerTo(requestOf("GET", link_));
  }
  return response;
}

void Reader::load() {
  const TestResponse response = fetch(requestOf("GET", link_));
  if (!isDocument(response))
    throw std::runtime_error(fmt::format("{} is no page: {} {}", link_, response.status, response.body));
  showDocument(response);
}

void Reader::showDocument(const TestResponse& response) {
  status_ = response.status;
  page_ = {};
  if (isDocument(response))
    page_ = readPayload(payloadIn(response.body));
  else
    page_.node = Value{response.body};
}

void Reader::open(std::string link) {
  disconnect();
  link_ = std::move(link);
  load();
  connect();
}

// As a browser does without scripts: a form is answered by a document, in whose place another page comes.
void Reader::press(const Press& press) {
  if (!press.link.empty()) {
    std::string link = linkTo(link_, press.link);
    if (link == link_ && press.link.starts_with('#')) return;
    return open_ ? navigate(std::move(link)) : open(std::move(link));
  }
  Request request = requestOf("POST", link_);
  request.headers.emplace_back("Content-Type", press.contentType);
  request.body = press.body;
  const TestResponse response = fetch(std::move(request));
  disconnect();
  showDocument(response);
  // What a form that failed shows is no page that the server would send again.
  if (response.status < 400)
    connect();
  else
    closedBecause_ = fmt::format("its form was answered with {}, and it shows why", response.status);
}

void Reader::connect() {
  disconnect();
  Bench& bench = this->bench();
  // Shared: the decision may be taken when this has returned.
  const auto refusal = std::make_shared<std::string>("no decision was taken");
  bench.manualLoop().post([this, alive = weak_from_this(), refusal] {
    if (alive.expired()) return;
    upgrade([refusal](std::string why) { *refusal = std::move(why); });
  });
  bench.run();
  if (!refusal->empty()) throw std::runtime_error("the socket was refused: " + *refusal);
}

void Reader::upgrade(std::function<void(std::string refusal)> decided) {
  const std::string path = link_.substr(0, link_.find('?'));
  const std::string key = client_.key.empty() ? path : client_.key;
  Bench& bench = this->bench();
  const realtime::SocketId socket = bench.nextSocket();
  const std::string query =
      fmt::format("key={}&url={}&clientId=00000000-0000-4000-8000-{:012x}&shouldForwardResponses={}",
                  percentEncoded(key), percentEncoded("http://test" + link_), socket.value, client_.forwardsResponses);
  bench.handler().upgrade(socket, requestOf("GET", "/__realtime?" + query),
                          [this, &bench, alive = weak_from_this(), socket,
                           decided = std::move(decided)](std::expected<void, server::Response> decision) {
                            const auto held = alive.lock();
                            if (!held) return;  // the browser has gone meanwhile
                            if (!decision)
                              return decided(fmt::format("{} {}", decision.error().status, decision.error().body));
                            ++joins_;
                            socket_ = socket;
                            open_ = true;
                            closedBecause_.clear();
                            bench.add(socket_, *this);
                            bench.handler().opened(socket_);
                            decided("");
                          });
}

void Reader::connectAgain() {
  upgrade([this](const std::string& refusal) {
    if (refusal.empty()) return;
    closedBecause_ = refusal;
    // The page without a socket.
    bench().handler().request(requestOf("GET", link_), [this, alive = weak_from_this()](server::Response response) {
      const auto held = alive.lock();
      if (!held) return;
      status_ = response.status;
      page_ = response.status < 300 || response.status >= 400 ? readPayload(payloadIn(response.body)) : Payload{};
    });
  });
}

void Reader::disconnect() {
  if (!open_) return;
  closed("the test disconnected");
  Bench& bench = this->bench();
  bench.remove(socket_);
  bench.manualLoop().post([&bench, socket = socket_] { bench.handler().closed(socket); });
  bench.run();
}

void Reader::closed(std::string why) {
  open_ = false;
  closedBecause_ = std::move(why);
  streams_.clear();
  unread_.clear();
  unreadPage_ = nullptr;
  for (auto& [id, answer] : answers_) {
    if (answer.settled) continue;
    answer.settled = true;
    answer.error = "the connection was lost before the answer came";
  }
}

void Reader::navigate(std::string link) {
  link_ = std::move(link);
  finish(request(std::nullopt, std::nullopt));
}

std::uint64_t Reader::send(std::string action, std::string arguments) {
  return request(std::move(action), std::move(arguments));
}

std::uint64_t Reader::request(std::optional<std::string> action, std::optional<std::string> arguments) {
  if (!open_) throw std::runtime_error("the reader is not connected: " + closedBecause_);
  Bench& bench = this->bench();
  const std::uint64_t call = bench.nextCall();
  const wire::ActionRequest request{std::move(action), std::move(arguments), wire::streamId(call),
                                    "http://test" + link_};
  answers_.emplace(request.requestId, Answer{});
  bench.manualLoop().post([&bench, socket = socket_, message = wire::encodeActionRequest(request)] {
    bench.handler().piece(socket, std::as_bytes(std::span{message}), true);
  });
  bench.run();
  return call;
}

bool Reader::finished(std::uint64_t call) const { return answers_.at(wire::streamId(call)).settled; }

Value Reader::finish(std::uint64_t call) {
  const Answer& answer = answers_.at(wire::streamId(call));
  // A view that was rendered often just now is held back for a while.
  for (int i = 0; i < 20 && !answer.settled; ++i) bench().advance(std::chrono::milliseconds{5});
  if (!answer.settled) throw std::runtime_error("the answer waits for the clock: use begin() and advance()");
  if (!answer.error.empty()) throw TestCallFailed(answer.error);
  return answer.result;
}

// What the server sends.

void Reader::push(realtime::SharedFrame page) {
  unreadPage_ = std::move(page);
  flush();
}

void Reader::reply(realtime::SharedFrame frame, bool withPage) {
  if (withPage) unreadPage_ = nullptr;
  unread_.push_back(std::move(frame));
  flush();
}

void Reader::setStalled(bool stalled) {
  stalled_ = stalled;
  flush();
}

void Reader::flush() {
  if (stalled_) return;
  while (!unread_.empty()) {
    const realtime::SharedFrame frame = std::move(unread_.front());
    unread_.pop_front();
    take(*frame);
  }
  if (const realtime::SharedFrame page = std::exchange(unreadPage_, nullptr)) take(*page);
}

void Reader::take(const std::string& frames) {
  if (client_.received) client_.received(frames);
  std::string bytes = frames;  // shared with others; the decoder may write
  std::span<std::byte> input = std::as_writable_bytes(std::span{bytes});
  while (!input.empty()) {
    const auto message = decoder_.next(input);
    if (!message)
      throw std::runtime_error("the server sent no WebSocket frame: " + std::string(message.error().reason));
    if (*message) takeMessage((*message)->payload);
  }
}

void Reader::takeMessage(std::span<const std::byte> bytes) {
  auto decoded = wire::decodeServerMessage(bytes);
  if (!decoded) throw std::runtime_error("the server sent no realtime message: " + decoded.error().text);
  const std::string id(decoded->id);
  switch (decoded->type) {
    case wire::MessageType::pageStart:
    case wire::MessageType::actionStart:
      streams_[id] = {decoded->status, {}};
      break;
    case wire::MessageType::pageChunk:
    case wire::MessageType::actionChunk:
      streams_.at(id).bytes += decoded->payload;
      break;
    case wire::MessageType::pageEnd:
      endPage(std::move(streams_.extract(id).mapped()));
      break;
    case wire::MessageType::actionEnd:
      endAnswer(id, std::move(streams_.extract(id).mapped()));
      break;
    case wire::MessageType::actionError: {
      // Like the stock client, which hears no ERROR of a stream that has not started.
      if (!streams_.erase(id)) throw std::runtime_error("an ACTION_ERROR came before its ACTION_START");
      if (id == wire::noRequest) {
        retrying_ = true;
        break;
      }
      Answer& answer = answers_.at(id);
      if (answer.settled) throw std::runtime_error("an action settled twice");
      answer.settled = true;
      answer.error = decoded->error;
      break;
    }
    case wire::MessageType::actionRequest:
      throw std::runtime_error("the server sent an ACTION_REQUEST");
  }
}

void Reader::endPage(Stream stream) { show(stream); }

void Reader::endAnswer(const std::string& requestId, Stream stream) {
  show(stream);
  Answer& answer = answers_.at(requestId);
  if (answer.settled) throw std::runtime_error("an action settled twice");
  answer.settled = true;
  if (page_.failed)
    answer.error = page_.error;
  else
    answer.result = page_.result;
}

void Reader::show(const Stream& stream) {
  page_ = readPayload(stream.bytes);
  status_ = stream.status;
  retrying_ = false;
  ++pages_;
}

}  // namespace duramen::test
