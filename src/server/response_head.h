#pragma once
// The head of an HTTP response: status line and header, as bytes.

#include <chrono>
#include <string>
#include <string_view>

#include "server/http_error.h"
#include "server/transport.h"

namespace duramen::server {

struct HeadOptions {
  std::string_view date;  // as httpDate gives it
  bool keepAlive = true;
  bool isHttp11 = true;
};

// The head of `response`, the empty line included. Content-Length, Connection and Date are ours: the response's own are
// left out. A header that would break out of its line is left out too.
std::string responseHead(const Response& response, const HeadOptions& options);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string httpDate(std::chrono::system_clock::time_point time);

// "Not Found"; empty if nobody registered the status.
std::string_view reasonPhrase(int status);

// Whether a response of this status may have a body.
bool hasBody(int status);

// A short answer in plain text.
Response textResponse(int status, std::string text);
// The same, of an error. If it says when to come again, so does the header, and of a 429 the text.
Response errorResponse(HttpError error);

}  // namespace duramen::server
