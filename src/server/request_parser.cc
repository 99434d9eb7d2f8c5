#include "server/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "flight/multipart.h"
#include "server/body_framing.h"
#include "server/field_lines.h"
#include "server/header_list.h"
#include "server/request_target.h"

namespace duramen::server {
namespace {

// Those of RFC 9110 and RFC 5789 but CONNECT, which is for proxies, and TRACE, which tells a page what it must not
// know.
constexpr std::array<std::string_view, 7> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
// What a start line holds beside the target: a method, two spaces and a version.
constexpr std::size_t startLineRest = 64;

std::unexpected<HttpError> wrong(std::string text) { return std::unexpected(HttpError{400, std::move(text)}); }

bool isControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f'; }

bool isFramingField(std::string_view name) {
  return equalIgnoringCase(name, "content-length") || equalIgnoringCase(name, "transfer-encoding");
}

bool looksLikeVersion(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && isDigit(text[5]) && text[6] == '.' && isDigit(text[7]);
}

// As people say it: "64 MiB", or "1000001 bytes" where it is no whole number of a larger unit.
std::string inWords(std::size_t bytes) {
  for (const auto& [unit, name] : {std::pair{std::size_t{1} << 20, "MiB"}, std::pair{std::size_t{1} << 10, "KiB"}})
    if (bytes > 0 && bytes % unit == 0) return fmt::format("{} {}", bytes / unit, name);
  return fmt::format("{} bytes", bytes);
}

}  // namespace

std::expected<std::size_t, HttpError> RequestParser::feed(std::span<const std::byte> input) {
  std::string_view rest{reinterpret_cast<const char*>(input.data()), input.size()};
  while (!done() && !rest.empty()) {
    if (state_ == State::body || state_ == State::chunk) {
      if (const auto fine = takeBody(rest); !fine) return std::unexpected(fine.error());
      continue;
    }
    const auto whole = takeLine(rest);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) break;
    if (const auto fine = line(**whole); !fine) return std::unexpected(fine.error());
    line_.clear();
  }
  return input.size() - rest.size();
}

bool RequestParser::takeExpectation() { return headerDone() && !done() && std::exchange(expects_, false); }

RequestParser::Result RequestParser::takeBody(std::string_view& input) {
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  if (const auto kept = body_->append(input.substr(0, bytes)); !kept) return kept;
  input.remove_prefix(bytes);
  left_ -= bytes;
  if (left_ > 0) return {};
  if (state_ == State::body) return end();
  state_ = State::chunkEnd;
  return {};
}

RequestParser::Result RequestParser::end() {
  state_ = State::done;
  if (!body_) return {};
  auto whole = body_->take();
  if (!whole) return std::unexpected(std::move(whole.error()));
  request_.body = std::move(*whole);
  body_.reset();
  return {};
}

// The next line without its end, from the front of `input`; nothing if it is not whole. It points into `input` or
// `line_`.
std::expected<std::optional<std::string_view>, HttpError> RequestParser::takeLine(std::string_view& input) {
  const std::size_t longest = longestLine();
  bool afterReturn = line_.ends_with('\r');
  for (std::size_t at = 0; at < input.size(); ++at) {
    const char c = input[at];
    if (afterReturn != (c == '\n')) return wrong("a line has to end with CR LF, and neither comes alone");
    if (c == '\n') {
      std::string_view text = input.substr(0, at + 1);
      if (!line_.empty()) text = line_ += text;
      input.remove_prefix(at + 1);
      return text.substr(0, text.size() - 2);
    }
    afterReturn = c == '\r';
    if (afterReturn) continue;
    if (isControl(c)) return wrong("a line of the request has a control character");
    if (line_.size() + at >= longest) return std::unexpected(lineTooLong());
  }
  line_ += input;
  input = {};
  return std::nullopt;
}

std::size_t RequestParser::longestLine() const {
  if (state_ == State::start) return limits_.urlBytes + startLineRest;
  if (state_ == State::chunkEnd) return 0;
  return limits_.headerBytes - headerBytes_ + (state_ == State::chunkSize ? 16 : 0);
}

HttpError RequestParser::lineTooLong() const {
  if (state_ == State::start)
    return {414, fmt::format("the request's target is longer than {} bytes", limits_.urlBytes)};
  if (state_ == State::chunkEnd)
    return {400, "the data of a chunk has to be as long as its size says, and end with CR LF"};
  return {431, fmt::format("the request's header fields are longer than {} bytes", limits_.headerBytes)};
}

RequestParser::Result RequestParser::line(std::string_view text) {
  switch (state_) {
    case State::start:
      return startLine(text);
    case State::fields:
    case State::trailers:
      return text.empty() ? endFields() : field(text);
    case State::chunkSize:
      return chunkHead(text);
    case State::chunkEnd:
      state_ = State::chunkSize;
      return {};
    case State::body:
    case State::chunk:
    case State::done:
      break;
  }
  return {};
}

RequestParser::Result RequestParser::startLine(std::string_view text) {
  // RFC 9112 §2.2: an empty line before a request is let pass.
  if (text.empty() && !std::exchange(sawEmptyLine_, true)) return {};
  const std::size_t first = std::min(text.find(' '), text.size());
  const std::size_t last = std::min(text.rfind(' '), text.size());
  const std::string_view method = text.substr(0, first);
  if (!isToken(method) || first == last)
    return wrong("a request begins with a method, a space, a target, a space and HTTP/1.1");
  const std::string_view version = text.substr(last + 1);
  const std::string_view target = text.substr(first + 1, last - first - 1);
  if (!looksLikeVersion(version) || target.empty() || target.find_first_of(" \t") != target.npos)
    return wrong("a request begins with a method, a space, a target, a space and HTTP/1.1");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return std::unexpected(HttpError{505, "this server speaks HTTP/1.1 and HTTP/1.0"});
  if (std::ranges::find(methods, method) == methods.end())
    return std::unexpected(HttpError{501, fmt::format("the methods of this server are {}", fmt::join(methods, ", "))});
  if (target.size() > limits_.urlBytes) return std::unexpected(lineTooLong());
  auto parsed = parseTarget(method, target);
  if (!parsed) return std::unexpected(parsed.error());
  request_.method = method;
  request_.path = std::move(parsed->path);
  request_.query = std::move(parsed->query);
  authority_ = std::move(parsed->authority);
  isHttp11_ = version == "HTTP/1.1";
  state_ = State::fields;
  return {};
}

RequestParser::Result RequestParser::field(std::string_view text) {
  if (text.front() == ' ' || text.front() == '\t')
    return wrong("a header field has to be on one line, and begins with its name");
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon == text.size() || !isToken(text.substr(0, colon)))
    return wrong("a header field is a name, a colon without a blank before it, and a value");
  headerBytes_ = std::min(headerBytes_ + text.size() + 2, limits_.headerBytes);
  if (++headerCount_ > limits_.headerCount)
    return std::unexpected(
        HttpError{431, fmt::format("the request has more than {} header fields", limits_.headerCount)});
  return addField(text.substr(0, colon), trimmedBlanks(text.substr(colon + 1)));
}

RequestParser::Result RequestParser::addField(std::string_view name, std::string_view value) {
  if (state_ == State::fields) {
    request_.headers.emplace_back(name, value);
    return {};
  }
  // A trailer: nobody asks for one, so it is dropped.
  if (isFramingField(name) || equalIgnoringCase(name, "host"))
    return wrong("the fields after the body must not be ones that say where the body ends or whom it is for");
  return {};
}

RequestParser::Result RequestParser::endFields() {
  if (state_ == State::trailers) return end();
  if (auto fine = joinFieldLines(request_.headers); !fine) return fine;
  if (const auto fine = checkHost(); !fine) return fine;
  if (const auto fine = checkExpectation(); !fine) return fine;
  keepAlive_ =
      !hasToken(request_, "connection", "close") && (isHttp11_ || hasToken(request_, "connection", "keep-alive"));
  return beginBody();
}

RequestParser::Result RequestParser::beginBody() {
  const auto framing = framingOf(request_, isHttp11_);
  if (!framing) return std::unexpected(framing.error());
  const bool isUpload = request_.method == "POST" && flight::multipartBoundary(request_.header("content-type"));
  mostBodyBytes_ = isUpload ? limits_.uploadBytes : limits_.bodyBytes;
  if (framing->length > mostBodyBytes_) return std::unexpected(bodyTooLong());
  left_ = framing->length;
  if (framing->chunked) {
    body_.emplace(bodies_, mostBodyBytes_, isUpload);
    state_ = State::chunkSize;
    return {};
  }
  if (left_ == 0) return end();
  body_.emplace(bodies_, static_cast<std::size_t>(left_), isUpload);
  state_ = State::body;
  return body_->expectRoom();
}

HttpError RequestParser::bodyTooLong() const {
  return {413, fmt::format("the request's body is too long: at most {}", inWords(mostBodyBytes_))};
}

RequestParser::Result RequestParser::checkHost() {
  const auto host =
      std::ranges::find_if(request_.headers, [](const auto& field) { return equalIgnoringCase(field.first, "host"); });
  if (host == request_.headers.end()) {
    if (isHttp11_) return wrong("a request of HTTP/1.1 needs a Host");
    if (authority_) request_.headers.emplace_back("Host", *authority_);
    return {};
  }
  if (!isAuthority(host->second)) return wrong("the Host has to be a name or an address, and maybe a port");
  // RFC 9112 §3.2.2: the target says whom the request is for, and the Host is ignored.
  if (authority_ && !equalIgnoringCase(host->second, *authority_)) host->second = *authority_;
  return {};
}

RequestParser::Result RequestParser::checkExpectation() {
  for (const auto& [name, value] : request_.headers) {
    if (!equalIgnoringCase(name, "expect")) continue;
    if (!equalIgnoringCase(value, "100-continue"))
      return std::unexpected(HttpError{417, "the only expectation that this server meets is 100-continue"});
    expects_ = isHttp11_;
  }
  return {};
}

RequestParser::Result RequestParser::chunkHead(std::string_view text) {
  const auto size = chunkSize(text);
  if (!size) return std::unexpected(size.error());
  if (*size > mostBodyBytes_ - body_->size()) return std::unexpected(bodyTooLong());
  // Extensions count as fields: else a body of small chunks could have any number of them.
  headerBytes_ += text.size() - std::min(text.find(';'), text.size());
  if (headerBytes_ > limits_.headerBytes) return std::unexpected(lineTooLong());
  left_ = *size;
  state_ = left_ > 0 ? State::chunk : State::trailers;
  return {};
}

}  // namespace duramen::server
