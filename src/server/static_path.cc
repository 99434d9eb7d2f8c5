#include "server/static_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/percent.h"
#include "base/utf8.h"

namespace duramen::server {
namespace {

// What a URL's path holds without an escape, so that there is one way to write a prefix.
bool isUnreserved(char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

bool isName(std::string_view text) {
  const auto isForbidden = [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '/' || c == '\\';
  };
  return !text.empty() && text.front() != '.' && std::ranges::none_of(text, isForbidden) && isUtf8(text);
}

std::string_view takeSegment(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(slash);
  return segment;
}

}  // namespace

std::expected<std::string, std::string> staticPrefix(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return std::unexpected(fmt::format("static files at {}: {}", path, why));
  };
  if (!path.starts_with('/')) return refuse("the path was expected to begin with '/', as /files does");
  std::string_view prefix = path;
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) return refuse("they would hide the app's pages, /__realtime, /healthz and /readyz");
  for (const std::string_view own : {"/__realtime", "/healthz", "/readyz"})
    if (prefix == own) return refuse("they would hide an address of the server's own");
  for (std::string_view rest = prefix; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = takeSegment(rest);
    if (segment.empty() || segment == "." || segment == ".." || !std::ranges::all_of(segment, isUnreserved))
      return refuse("the path was expected to be of letters, digits, '-', '.', '_' and '~' between single slashes");
  }
  return std::string(prefix);
}

std::optional<StaticPath> staticPathOf(std::string_view rest) {
  StaticPath path;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    if (rest.empty()) {
      path.endsInSlash = true;
      break;
    }
    auto name = percentDecoded(takeSegment(rest));
    if (!name || !isName(*name)) return std::nullopt;
    path.names.push_back(std::move(*name));
  }
  return path;
}

}  // namespace duramen::server
