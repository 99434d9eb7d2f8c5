#pragma once
// The answers that an app's handler gives, each with the headers that its kind has.

#include <string>
#include <string_view>

#include "server/document.h"
#include "server/transport.h"

namespace duramen::server {

inline constexpr std::string_view flightType = "text/x-component; charset=utf-8";

// A sentence.
Response plainText(int status, std::string text);
// To a request for a host that this server is not.
Response misdirected(std::string_view host);
// To a realtime client for whom there is no place: when it may come again, and what a page says meanwhile.
Response noPlace(int status, std::string text);
// What a page shows: its client's alone, and of this moment.
Response privateAnswer(int status, std::string_view type, std::string body);
// No cache keeps the answer, that of the browser's history included: what it shows, the next person at this browser
// shall not see.
void keepNowhere(Response& response);
Response documentAnswer(int status, std::string html, const DocumentScripts& scripts);
// REQUIRES: a path of this server, or a URL of http or https.
Response redirection(int status, std::string link);

}  // namespace duramen::server
