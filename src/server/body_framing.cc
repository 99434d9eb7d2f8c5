#include "server/body_framing.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/ascii.h"

namespace duramen::server {
namespace {

constexpr std::uint64_t tooMuch = std::numeric_limits<std::uint64_t>::max();

std::unexpected<HttpError> wrong(std::string text) { return std::unexpected(HttpError{400, std::move(text)}); }

// `tooMuch` for a number that does not fit: whoever asks has a lower limit.
std::expected<std::uint64_t, HttpError> contentLength(std::string_view text) {
  const bool digits = !text.empty() && std::ranges::all_of(text, isDigit);
  if (!digits || (text.size() > 1 && text.starts_with('0')))
    return wrong("the Content-Length has to be one decimal number without a sign and without leading zeros");
  if (text.size() > 19) return tooMuch;
  std::uint64_t length = 0;
  for (const char c : text) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  return length;
}

// The name of a coding that may stand before chunked: "gzip", "br". Not "identity", which is none any more and which
// one reader may skip where another one does not.
bool isOtherCoding(std::string_view name) {
  return isToken(name) && !equalIgnoringCase(name, "chunked") && !equalIgnoringCase(name, "identity");
}

// Codings whose end both sides see alike, since chunked is the last of them, are what we cannot do (501); all else may
// have another end to somebody else.
std::expected<void, HttpError> checkCoding(std::string_view text) {
  if (equalIgnoringCase(text, "chunked")) return {};
  const std::size_t last = text.rfind(',');
  if (last == text.npos || !equalIgnoringCase(trimmedBlanks(text.substr(last + 1)), "chunked"))
    return wrong("the Transfer-Encoding has to be chunked, and nothing else");
  for (std::string_view rest = text.substr(0, last + 1); !rest.empty();)
    if (!isOtherCoding(trimmedBlanks(takeUntil(rest, ','))))
      return wrong("the Transfer-Encoding has to be chunked, and nothing else");
  return std::unexpected(HttpError{501, "the only transfer coding that this server understands is chunked"});
}

// The text after a quoted string (RFC 9110 §5.6.4) that it begins with.
std::optional<std::string_view> afterQuoted(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return text.substr(at + 1);
    if (text[at] == '\\') ++at;
  }
  return {};
}

// *( ";" name [ "=" value ] ), without the blanks that RFC 9112 §7.1.1 calls bad.
bool areExtensions(std::string_view text) {
  while (!text.empty()) {
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find_first_of(";="), text.size());
    if (!isToken(text.substr(0, end))) return false;
    text.remove_prefix(end);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      const auto rest = afterQuoted(text);
      if (!rest) return false;
      text = *rest;
    } else {
      const std::size_t stop = std::min(text.find(';'), text.size());
      if (!isToken(text.substr(0, stop))) return false;
      text.remove_prefix(stop);
    }
  }
  return true;
}

}  // namespace

std::expected<BodyFraming, HttpError> framingOf(const Request& request, bool isHttp11) {
  std::optional<std::string_view> length;
  std::optional<std::string_view> coding;
  for (const auto& [name, value] : request.headers) {
    if (equalIgnoringCase(name, "content-length")) {
      length = value;
    } else if (equalIgnoringCase(name, "transfer-encoding")) {
      coding = value;
    } else if (equalIgnoringCase(name, "content_length") || equalIgnoringCase(name, "transfer_encoding")) {
      return wrong("the request has a field " + name + ", which others may read as one with a hyphen");
    }
  }
  if (length && coding)
    return wrong("the request has a Content-Length and a Transfer-Encoding; only one may tell its end");
  if (coding && !isHttp11) return wrong("a request of HTTP/1.0 has no Transfer-Encoding");
  BodyFraming framing;
  if (coding) {
    if (const auto fine = checkCoding(*coding); !fine) return std::unexpected(fine.error());
    framing.chunked = true;
  } else if (length) {
    const auto bytes = contentLength(*length);
    if (!bytes) return std::unexpected(bytes.error());
    framing.length = *bytes;
  } else if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    return std::unexpected(HttpError{411, "a " + request.method + " request needs a Content-Length"});
  }
  if ((framing.chunked || framing.length > 0) && (request.method == "GET" || request.method == "HEAD"))
    return wrong("a " + request.method + " request has no body");
  return framing;
}

std::expected<std::uint64_t, HttpError> chunkSize(std::string_view line) {
  const auto isHex = [](char c) { return hexDigit(c) >= 0; };
  const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(line, isHex) - line.begin());
  if (digits == 0 || digits > 16) return wrong("a chunk begins with its size, of 1 to 16 hexadecimal digits");
  if (!areExtensions(line.substr(digits)))
    return wrong("only extensions of the form ;name or ;name=value may follow the size of a chunk, without blanks");
  std::uint64_t size = 0;
  for (const char c : line.substr(0, digits)) size = size << 4 | static_cast<std::uint64_t>(hexDigit(c));
  return size;
}

}  // namespace duramen::server
