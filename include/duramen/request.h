#pragma once
// An HTTP request as a client sent it. No part of an app sees one: session(...) asks a SessionRequest, and what a page
// may know of its client it reads from the session (Context::read), so that renders can be shared.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/shared_bytes.h"

namespace duramen {

struct Request {
  std::string method = {};  // "GET"
  std::string path = {};    // "/note/n1", as sent: percent-encoded
  std::string query = {};   // without '?'; empty if there is none
  std::vector<std::pair<std::string, std::string>> headers = {};
  SharedBytes body = {};
  std::string address = {};     // of the client: "127.0.0.1"
  std::string scheme = "http";  // or "https"

  // The header of this name, in any case of letters; empty if there is none. One that is a list and came in several
  // lines is one, joined by commas; a request with two of any other is refused before the app sees it.
  std::string_view header(std::string_view name) const;
  // The cookie of this name (RFC 6265 §4.2), as sent; empty if there is none.
  std::string_view cookie(std::string_view name) const;
  // The first query parameter of this name, percent-decoded ('+' is a space); empty if there is none.
  std::string parameter(std::string_view name) const;
  bool hasParameter(std::string_view name) const;
};

}  // namespace duramen
