#include "server/field_lines.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"

namespace duramen::server {
namespace {

// Request fields that are no lists: of RFC 9110, of cookies (RFC 6265 §5.4), origins (RFC 6454 §7.3), WebSockets
// (RFC 6455 §11.3) and of what browsers add. A name that is not here is taken for a list, as §5.3 has it.
constexpr std::array<std::string_view, 31> singletons{"Access-Control-Request-Method",
                                                      "Authorization",
                                                      "Content-Disposition",
                                                      "Content-Length",
                                                      "Content-Location",
                                                      "Content-Range",
                                                      "Content-Type",
                                                      "Cookie",
                                                      "Date",
                                                      "ETag",
                                                      "From",
                                                      "Host",
                                                      "If-Modified-Since",
                                                      "If-Range",
                                                      "If-Unmodified-Since",
                                                      "Last-Modified",
                                                      "Max-Forwards",
                                                      "Origin",
                                                      "Proxy-Authorization",
                                                      "Range",
                                                      "Referer",
                                                      "Sec-Fetch-Dest",
                                                      "Sec-Fetch-Mode",
                                                      "Sec-Fetch-Site",
                                                      "Sec-Fetch-User",
                                                      "Sec-WebSocket-Accept",
                                                      "Sec-WebSocket-Key",
                                                      "Sec-WebSocket-Version",
                                                      "Transfer-Encoding",
                                                      "Upgrade-Insecure-Requests",
                                                      "User-Agent"};

const std::string_view* singletonOf(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(singletons, [&](std::string_view each) { return equalIgnoringCase(each, name); });
  return found == singletons.end() ? nullptr : found;
}

}  // namespace

std::expected<void, HttpError> joinFieldLines(std::vector<std::pair<std::string, std::string>>& fields) {
  std::vector<std::pair<std::string, std::size_t>> byName;
  byName.reserve(fields.size());
  for (std::size_t at = 0; at < fields.size(); ++at) byName.emplace_back(asciiLowered(fields[at].first), at);
  std::ranges::sort(byName);
  bool joined = false;
  for (std::size_t first = 0, at = 1; at < byName.size(); ++at) {
    if (byName[at].first != byName[first].first) {
      first = at;
      continue;
    }
    if (const auto* const name = singletonOf(byName[at].first))
      return std::unexpected(HttpError{400, "the request has more than one " + std::string(*name)});
    auto& [name, value] = fields[byName[at].second];
    fields[byName[first].second].second.append(", ").append(value);
    name.clear();
    joined = true;
  }
  if (joined) std::erase_if(fields, [](const auto& field) { return field.first.empty(); });
  return {};
}

}  // namespace duramen::server
