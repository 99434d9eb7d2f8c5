#include "server/unknown_session.h"

#include <chrono>

#include "duramen/site_of.h"
#include "server/responses.h"
#include "server/service.h"

namespace duramen::server {
namespace {

// Soon enough for a person who waits, and seldom enough for a store that has just come back.
constexpr std::chrono::seconds retry{5};

Response comeAgain(Response response) {
  response.headers.emplace_back("Retry-After", std::to_string(retry.count()));
  return response;
}

Response document(const Service& service, const app::Page& page) {
  const DocumentScripts scripts{service.documentStyle()};
  const flight::DocumentHtml html = service.documentWithoutPage(page.node, scripts.nonce());
  Response response = comeAgain(documentAnswer(page.status, html.text, scripts));
  keepNowhere(response);
  return response;
}

}  // namespace

Response unknownSession(std::string text) {
  Response response = comeAgain(plainText(503, std::move(text)));
  response.headers.emplace_back("Duramen-Retrying", "1");  // a 503 of a proxy, whose server is away, has none
  return response;
}

Response unknownSessionDocument(const Service& service) { return document(service, app::unknownSessionPage(retry)); }

Response unknownSessionForm(const Service& service, std::string_view why, std::string_view link) {
  return document(service, app::formFailedPage(503, why, link));
}

}  // namespace duramen::server
