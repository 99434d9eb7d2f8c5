#include "duramen/path.h"

#include <stdexcept>

#include "base/ascii.h"
#include "base/percent.h"
#include "base/utf8.h"

namespace duramen {

bool isSegment(std::string_view text) { return !text.empty() && text != "." && text != ".."; }

namespace detail {
namespace {

constexpr std::string_view unreservedMarks = "-_.!~*'()";  // beside letters and digits, as in encodeURIComponent

bool isUnreserved(char c) { return isLetter(c) || isDigit(c) || unreservedMarks.find(c) != std::string_view::npos; }

void appendEncoded(std::string& out, std::string_view segment) {
  constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : segment) {
    if (isUnreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
}

std::optional<std::string> decoded(std::string_view segment) {
  auto text = percentDecoded(segment);
  if (!text || text->find('\0') != std::string::npos || !isUtf8(*text)) return std::nullopt;
  return text;
}

}  // namespace

void appendSegment(std::string& link, std::string_view segment) {
  if (!isSegment(segment))
    throw std::invalid_argument("a path has no segment \"" + std::string(segment) + "\": a browser would not keep it");
  appendEncoded(link, segment);
}

std::optional<std::vector<std::string>> segmentsOf(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  for (std::size_t at = 1;;) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    auto segment = decoded(path.substr(at, end - at));
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    if (end == path.size()) return segments;
    at = end + 1;
  }
}

std::string normalPath(std::string_view path) {
  const auto segments = segmentsOf(path);
  if (!segments) return std::string(path);
  std::string normal;
  for (const std::string& segment : *segments) {
    normal += '/';
    appendEncoded(normal, segment);
  }
  return normal;
}

}  // namespace detail
}  // namespace duramen
