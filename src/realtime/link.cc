#include "realtime/link.h"

#include <algorithm>

#include "duramen/path.h"

namespace duramen::realtime {
namespace {

constexpr std::size_t longestUrl = 8 * 1024;  // as browsers and proxies bound it

std::string_view withoutOrigin(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    const std::size_t path = url.find_first_of("/?#");
    return path == std::string_view::npos ? "/" : url.substr(path);
  }
  return url;
}

// Without the parameters that ask for another form of the same page.
std::string pageQuery(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    if (!parameter.starts_with("__rsc")) {
      if (!kept.empty()) kept += '&';
      kept += parameter;
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return kept;
}

}  // namespace

std::expected<std::string, std::string> linkOf(std::string_view url) {
  if (url.size() > longestUrl) return std::unexpected("a URL of at most 8192 bytes was expected");
  url = withoutOrigin(url);
  url = url.substr(0, url.find('#'));
  if (!url.starts_with('/')) return std::unexpected("a URL whose path begins with '/' was expected");
  const bool printable =
      std::ranges::all_of(url, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; });
  if (!printable) return std::unexpected("a URL without spaces and control characters was expected");
  const std::size_t question = std::min(url.find('?'), url.size());
  std::string link = detail::normalPath(url.substr(0, question));
  const std::string query = pageQuery(url.substr(std::min(question + 1, url.size())));
  if (!query.empty()) (link += '?') += query;
  return link;
}

std::string normalKey(std::string_view key) {
  if (key.empty()) return "default";
  return key.starts_with('/') ? detail::normalPath(key) : std::string(key);
}

}  // namespace duramen::realtime
