#include "server/response_head.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace duramen::server {
namespace {

bool isFieldValue(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool isOurs(std::string_view name) {
  constexpr std::array<std::string_view, 4> ours = {"content-length", "connection", "date", "transfer-encoding"};
  return std::ranges::any_of(ours, [&](std::string_view each) { return equalIgnoringCase(each, name); });
}

}  // namespace

std::string responseHead(const Response& response, const HeadOptions& options) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reasonPhrase(response.status), options.date);
  if (hasBody(response.status) && response.stream && !response.streamBytes) {
    if (options.isHttp11) out += "Transfer-Encoding: chunked\r\n";
  } else if (hasBody(response.status)) {
    const std::uint64_t size = response.stream         ? *response.streamBytes
                               : response.body.empty() ? response.staticBody.size()
                                                       : response.body.size();
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", size);
  }
  if (!options.keepAlive) out += "Connection: close\r\n";
  if (options.keepAlive && !options.isHttp11) out += "Connection: keep-alive\r\n";
  for (const auto& [name, value] : response.headers) {
    if (isOurs(name) || !isToken(name) || !isFieldValue(value)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  return out += "\r\n";
}

std::string httpDate(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

bool hasBody(int status) { return status >= 200 && status != 204 && status != 304; }

Response textResponse(int status, std::string text) {
  text += '\n';
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(text),
          .staticBody = {}};
}

Response errorResponse(HttpError error) {
  if (error.status == 429 && error.retryAfter > 0)
    error.text += fmt::format("; try again in {} second{}", error.retryAfter, error.retryAfter == 1 ? "" : "s");
  Response response = textResponse(error.status, std::move(error.text));
  if (error.retryAfter > 0) response.headers.emplace_back("Retry-After", std::to_string(error.retryAfter));
  return response;
}

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

}  // namespace duramen::server
