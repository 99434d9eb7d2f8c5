#pragma once
// Redirects: of a page, `co_return duramen::redirect(loginPath())`; of a guard, Verdict::redirect; of an action,
// Context::redirect.

#include <string>
#include <string_view>

#include "duramen/node.h"

namespace duramen {

// Where a redirect may lead: a path of this server ("/login"), or an http or https URL. Throws std::invalid_argument
// for anything else, and returns the link.
std::string redirectTarget(std::string_view link);

// In the place of a page: the browser goes to `link`. It stands alone, not inside an element. Throws
// std::invalid_argument as redirectTarget does.
Node redirect(std::string_view link);

namespace detail {

// Where this page redirects to; empty if it is one to show.
std::string_view redirectOf(const Node& page);

}  // namespace detail
}  // namespace duramen
