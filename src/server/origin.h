#pragma once
// Which web pages may open a socket here or post an action: those of the server's own origin, and those that the
// operator names (U9). Browsers send `Origin` themselves; a page cannot forge it.

#include <string>
#include <string_view>
#include <vector>

#include "duramen/request.h"

namespace duramen::server {

// Whether the request's Origin is the one that the browser asked: its scheme and its Host as the request has them, or
// one of `allowed`. Without an Origin: no.
bool isOwnOrigin(const Request& request, const std::vector<std::string>& allowed);

// What to tell whoever is refused for it.
std::string originRefusal(const Request& request);

// What to tell the operator beside it: which option, of this server or of the proxy before it, would let it pass.
std::string originAdvice(const Request& request);

}  // namespace duramen::server
