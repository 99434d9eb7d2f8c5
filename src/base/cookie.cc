#include "duramen/cookie.h"

#include <algorithm>
#include <stdexcept>

#include "base/ascii.h"

namespace duramen {
namespace {

// RFC 6265 §4.1.1: cookie-octet.
bool isValue(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\'; });
}

std::string_view spelled(Cookie::SameSite sameSite) {
  switch (sameSite) {
    case Cookie::SameSite::strict:
      return "Strict";
    case Cookie::SameSite::none:
      return "None";
    default:
      return "Lax";
  }
}

}  // namespace

std::string toString(const Cookie& cookie, bool overHttps) {
  if (!isToken(cookie.name)) throw std::invalid_argument("the name of a cookie is a token (RFC 6265)");
  if (!isValue(cookie.value))
    throw std::invalid_argument("the value of a cookie has no spaces, quotes, commas, semicolons or backslashes");
  if (!cookie.path.starts_with('/') || !isValue(cookie.path))
    throw std::invalid_argument("the path of a cookie begins with '/'");
  std::string text = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (cookie.maxAge) text += "; Max-Age=" + std::to_string(cookie.maxAge->count());
  if (cookie.httpOnly) text += "; HttpOnly";
  if (cookie.secure.value_or(overHttps) || cookie.sameSite == Cookie::SameSite::none) text += "; Secure";
  return text.append("; SameSite=").append(spelled(cookie.sameSite));
}

}  // namespace duramen
