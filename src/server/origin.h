#pragma once
// Which web pages may open a socket here or post an action: those of the server's own origin, and those that the
// operator names (U9). Browsers send `Origin` themselves; a page cannot forge it.

#include <string>
#include <string_view>
#include <vector>

#include "duramen/request.h"

namespace duramen::server {

// Whether the request's Origin is http://Host or https://Host, with Host as the request names it (scheme, host and port
// are compared; behind a proxy that ends TLS the scheme is https), or one of `allowed`. Without an Origin: no.
bool isOwnOrigin(const Request& request, const std::vector<std::string>& allowed);

}  // namespace duramen::server
