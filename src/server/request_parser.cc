#include "server/request_parser.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "loop/asio.h"

namespace duramen::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;
using boost::beast::string_view;
using boost::system::error_code;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

HttpError explain(const error_code& error, const HttpLimits& limits) {
  if (error == http::error::header_limit)
    return {431, "the request's header is longer than " + std::to_string(limits.headerBytes) + " bytes"};
  if (error == http::error::body_limit)
    return {413, "the request's body is longer than " + std::to_string(limits.bodyBytes) + " bytes"};
  if (error == http::error::bad_version) return {505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  return {400, "not an HTTP request: " + error.message()};
}

}  // namespace

class RequestParser::Parser : public http::basic_parser<true> {
 public:
  explicit Parser(const HttpLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.headerBytes));
    body_limit(limits.bodyBytes);
  }

  std::expected<std::size_t, HttpError> feed(std::span<const std::byte> input) {
    std::size_t used = got_some() ? 0 : leadingLineBreaks(input);
    while (!is_done() && used < input.size()) {
      const std::span<const std::byte> rest = input.subspan(used);
      error_code error;
      const std::size_t taken = put(boost::asio::const_buffer(rest.data(), rest.size()), error);
      used += taken;
      if (refused_) return std::unexpected(*std::exchange(refused_, std::nullopt));
      if (error == http::error::need_more) {
        // What is offered again is a line or a chunk's header. Nobody needs one that long.
        if (input.size() - used > limits_.headerBytes)
          return std::unexpected(explain(http::error::header_limit, limits_));
        break;
      }
      if (error) return std::unexpected(explain(error, limits_));
      if (taken == 0 && !is_done()) break;
    }
    return used;
  }

  bool takeExpectation() { return is_header_done() && !is_done() && std::exchange(expects_, false); }
  const Request& soFar() const { return request_; }
  Request takeRequest() { return std::move(request_); }
  bool isHttp11() const { return http11_; }

 private:
  using basic_parser::put;

  // RFC 9112 §2.2: a few empty lines before a request are let pass.
  static std::size_t leadingLineBreaks(std::span<const std::byte> input) {
    std::size_t count = 0;
    while (count < input.size() && count < 8 && (input[count] == std::byte{'\r'} || input[count] == std::byte{'\n'}))
      ++count;
    return count;
  }

  void refuse(int status, std::string text, error_code& error) {
    refused_ = HttpError{status, std::move(text)};
    error = http::error::bad_value;
  }

  bool addHeaderBytes(std::size_t bytes, error_code& error) {
    headerBytes_ += bytes;
    if (headerBytes_ <= limits_.headerBytes) return true;
    error = http::error::header_limit;
    return false;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& error) override {
    if (!addHeaderBytes(method.size() + target.size() + 12, error)) return;
    http11_ = version == 11;
    request_.method = method;
    std::string_view path = view(target);
    if (!path.starts_with('/')) {
      // Absolute form: whose authority stands for the Host header (RFC 9112 §3.2.2).
      const std::size_t scheme = path.find("://");
      const bool absolute =
          scheme != path.npos && (iequals(path.substr(0, scheme), "http") || iequals(path.substr(0, scheme), "https"));
      if (absolute) {
        path.remove_prefix(scheme + 3);
        const std::size_t end = std::min(path.find_first_of("/?"), path.size());
        host_ = path.substr(0, end);
        path.remove_prefix(end);
      } else if (path != "*" || method != "OPTIONS") {
        return refuse(400, "the request's target is not a path", error);
      }
    }
    if (path.find('#') != path.npos) return refuse(400, "the request's target has a fragment", error);
    const std::size_t question = std::min(path.find('?'), path.size());
    request_.path = path.substr(0, question);
    if (request_.path.empty()) request_.path = "/";
    if (question < path.size()) request_.query = path.substr(question + 1);
  }

  void on_field_impl(http::field name, string_view text, string_view value, error_code& error) override {
    if (is_header_done()) return;  // a trailer: nobody asks for one
    if (!addHeaderBytes(text.size() + value.size() + 4, error)) return;
    if (request_.headers.size() == limits_.headerCount)
      return refuse(431, "the request has more than " + std::to_string(limits_.headerCount) + " header fields", error);
    if (name == http::field::host && std::exchange(hasHost_, true))
      return refuse(400, "the request has more than one Host header", error);
    if (name == http::field::expect) {
      if (!iequals(value, "100-continue"))
        return refuse(417, "the only expectation that is met is 100-continue", error);
      expects_ = true;
    }
    request_.headers.emplace_back(view(text), view(value));
  }

  void on_header_impl(error_code& error) override {
    if (http11_ && !hasHost_) return refuse(400, "the request has no Host header", error);
    if (host_) setHost();
    const std::string_view coding = request_.header("transfer-encoding");
    if (!coding.empty() && (!iequals(coding, "chunked") || !http11_))
      return refuse(501, "the only transfer coding that is understood is chunked", error);
    if (coding.empty() && request_.header("content-length").empty() &&
        (request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH"))
      return refuse(411, "a " + request_.method + " request needs a Content-Length", error);
  }

  void setHost() {
    const auto isHost = [](const auto& header) { return iequals(header.first, "host"); };
    const auto found = std::ranges::find_if(request_.headers, isHost);
    if (found != request_.headers.end()) {
      found->second = *host_;
    } else {
      request_.headers.emplace_back("Host", *host_);
    }
  }

  std::size_t on_body_impl(string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}

  const HttpLimits limits_;
  Request request_;
  std::size_t headerBytes_ = 0;
  std::optional<HttpError> refused_;
  std::optional<std::string> host_;  // of a target in absolute form
  bool hasHost_ = false;
  bool expects_ = false;
  bool http11_ = true;
};

RequestParser::RequestParser(const HttpLimits& limits) : parser_(std::make_unique<Parser>(limits)) {}
RequestParser::~RequestParser() = default;

std::expected<std::size_t, HttpError> RequestParser::feed(std::span<const std::byte> input) {
  return parser_->feed(input);
}
bool RequestParser::done() const { return parser_->is_done(); }
bool RequestParser::takeExpectation() { return parser_->takeExpectation(); }
const Request& RequestParser::soFar() const { return parser_->soFar(); }
Request RequestParser::takeRequest() { return parser_->takeRequest(); }
bool RequestParser::keepAlive() const { return parser_->keep_alive(); }
bool RequestParser::isHttp11() const { return parser_->isHttp11(); }

}  // namespace duramen::server
