#pragma once
// A cookie that an action sets (RFC 6265). It goes with the answer to a POST: with that of a form, or of a call with a
// FormData.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace duramen {

struct Cookie {
  enum class SameSite { lax, strict, none };

  std::string name = {};
  std::string value = {};
  std::string path = "/";
  std::optional<std::chrono::seconds> maxAge = {};  // none: until the browser ends; 0 takes the cookie away
  bool httpOnly = true;                             // no script reads it
  // Only over HTTPS. If the app does not say: yes where the request came over TLS, or by a trusted proxy that it
  // reached over HTTPS, and no where it did not, so that a login works on http://localhost. SameSite::none implies it.
  std::optional<bool> secure = {};
  SameSite sameSite = SameSite::lax;
};

// The value of a Set-Cookie header of an answer that goes `overHttps`, or not. Throws std::invalid_argument if the
// name, the value or the path has a character that a cookie cannot have.
std::string toString(const Cookie& cookie, bool overHttps = false);

}  // namespace duramen
