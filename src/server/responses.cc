#include "server/responses.h"

#include "flight/shown.h"
#include "server/response_head.h"

namespace duramen::server {

Response plainText(int status, std::string text) {
  Response response = textResponse(status, std::move(text));
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

Response misdirected(std::string_view host) {
  return plainText(421, "this server does not answer for " + flight::shown(host, "that name") +
                            ": it is started with --allow-host for each name that it has");
}

// Long enough that a thousand who wait cost little, and short enough that a place is not empty for long.
Response noPlace(int status, std::string text) {
  if (status == 429) text += "; try again in 10 seconds";
  Response response = plainText(status, std::move(text));
  response.headers.emplace_back("Retry-After", "10");
  response.headers.emplace_back("Duramen-Full", "1");  // a 503 of a proxy, whose server is away, has none
  return response;
}

Response privateAnswer(int status, std::string_view type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "private, no-cache"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

void keepNowhere(Response& response) {
  for (auto& [name, value] : response.headers)
    if (name == "Cache-Control") value = "no-store";
}

Response documentAnswer(int status, std::string html, const DocumentScripts& scripts) {
  Response response = privateAnswer(status, "text/html; charset=utf-8", std::move(html));
  for (auto& header : scripts.securityHeaders()) response.headers.push_back(std::move(header));
  return response;
}

Response redirection(int status, std::string link) {
  // A path that was asked for as "//name" must not lead to another server.
  while (link.starts_with("//")) link.erase(0, 1);
  return {.status = status, .headers = {{"Location", std::move(link)}, {"Cache-Control", "private, no-cache"}}};
}

}  // namespace duramen::server
