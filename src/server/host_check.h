#pragma once
// Which names this server answers to. A page of somebody else's may point a name of its own at this server's address
// (DNS rebinding), and would then be of its origin: so a request whose Host is not known is refused (RFC 9110
// §15.5.20).

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::server {

class HostCheck {
 public:
  // `listen`: the names, with or without a port, that the server listens on. `allowed`: "example.com", "*.example.com"
  // for every name below it, "*" for any. The error is a sentence.
  static std::expected<HostCheck, std::string> of(const std::vector<std::string>& listen,
                                                  const std::vector<std::string>& allowed);

  // `host` as a request names it, with or without a port. An address passes, and so do localhost and the names below
  // it: no name service decides about these. So does a request without a Host: no browser sends one.
  bool allows(std::string_view host) const;

 private:
  std::vector<std::string> names_;  // in lower case; ".example.com" stands for every name below
  bool any_ = false;
};

}  // namespace duramen::server
