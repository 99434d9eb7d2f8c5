#include "server/responses.h"

namespace duramen::server {

Response plainText(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(text) + "\n"};
}

Response privateAnswer(int status, std::string_view type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "private, no-cache"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
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
