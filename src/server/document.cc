#include "server/document.h"

#include <boost/json.hpp>

#include "base/base64.h"
#include "base/seals.h"

namespace duramen::server {
namespace {

constexpr std::string_view nonceMark = "{nonce}";

void replaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// A JavaScript string literal that can stand in a script element.
void appendScriptString(std::string& out, std::string_view text) {
  const std::string quoted = boost::json::serialize(boost::json::string_view{text.data(), text.size()});
  std::string_view rest = quoted;
  for (std::size_t at = rest.find('<'); at != std::string_view::npos; at = rest.find('<')) {
    (out += rest.substr(0, at)) += "\\u003c";
    rest.remove_prefix(at + 1);
  }
  out += rest;
}

}  // namespace

DocumentScripts::DocumentScripts(const DocumentStyle& style) : style_(style), policy_(style.contentSecurityPolicy) {
  if (policy_.find(nonceMark) == std::string::npos) return;
  nonce_ = toBase64(randomBytes(16));
  replaceAll(policy_, nonceMark, nonce_);
}

// The entry does not wait for the document's end, which may be long in coming.
std::string DocumentScripts::first(std::string_view rows) const {
  std::string scripts = data(style_.beforeData, rows);
  scripts.append(script()).append(" type=\"module\" async src=\"").append(style_.entryUrl);
  return scripts += "\"></script>";
}

std::string DocumentScripts::more(std::string_view rows) const { return data({}, rows); }

std::vector<std::pair<std::string, std::string>> DocumentScripts::securityHeaders() const {
  std::vector<std::pair<std::string, std::string>> headers;
  if (!policy_.empty()) headers.emplace_back("Content-Security-Policy", policy_);
  if (!style_.securityHeaders) return headers;
  headers.emplace_back("X-Frame-Options", "SAMEORIGIN");  // for browsers that do not read frame-ancestors
  headers.emplace_back("Referrer-Policy", "same-origin");
  return headers;
}

// A start tag to which more may be added.
std::string DocumentScripts::script() const { return nonce_.empty() ? "<script" : "<script nonce=\"" + nonce_ + "\""; }

std::string DocumentScripts::data(std::string_view before, std::string_view rows) const {
  std::string all = script();
  all.append(">").append(before).append("(self.__FLIGHT_DATA||=[]).push(");
  appendScriptString(all, rows);
  return all += ")</script>";
}

}  // namespace duramen::server
