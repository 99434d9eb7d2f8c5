#pragma once
// The HTML document around a page, in pieces: what is there at first, and what follows. Its scripts hand the page's
// rows to the client (docs/flight.md, B4).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duramen::server {

// What all documents of an app have in common.
struct DocumentStyle {
  std::string headEnd;     // what the head ends with
  std::string beforeData;  // what the body has in front of the first rows: a script's text
  std::string entryUrl;    // the script that takes the page over
  // "{nonce}" in it is a random number that the document's own scripts carry. Empty: none.
  std::string contentSecurityPolicy;
  bool securityHeaders = true;  // beside the policy
};

class DocumentScripts {
 public:
  explicit DocumentScripts(const DocumentStyle& style);

  // What the body ends with: the rows, and then the entry, which hydrates nothing if it runs before any rows are there.
  std::string first(std::string_view rows) const;
  // Further rows, behind it.
  std::string more(std::string_view rows) const;
  // Empty: none.
  std::string_view nonce() const { return nonce_; }
  // What the document's head of HTTP says of what it may do, and who may show it.
  std::vector<std::pair<std::string, std::string>> securityHeaders() const;

 private:
  std::string data(std::string_view before, std::string_view rows) const;

  const DocumentStyle& style_;
  std::string script() const;

  std::string nonce_;
  std::string policy_;
};

}  // namespace duramen::server
