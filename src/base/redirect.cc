#include "duramen/redirect.h"

#include <algorithm>
#include <stdexcept>

namespace duramen {

std::string redirectTarget(std::string_view link) {
  // A browser takes "//host" and "/\\host" for another server.
  const bool isPath = link.starts_with('/') && !link.starts_with("//") && !link.starts_with("/\\");
  const bool isUrl = link.starts_with("https://") || link.starts_with("http://");
  const bool isPlain =
      std::ranges::all_of(link, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '<' && c != '>'; });
  if (!isPlain || (!isPath && !isUrl))
    throw std::invalid_argument("a redirect leads to a path (\"/login\"), percent-encoded, or to an http or https URL");
  return std::string(link);
}

Node redirect(std::string_view link) {
  detail::Tape tape;
  tape.putText(detail::Op::redirect, redirectTarget(link));
  return Node{std::move(tape)};
}

namespace detail {

std::string_view redirectOf(const Node& page) {
  TapeReader tape{page.tape()};
  if (page.tape().size() == 0 || tape.next() != Op::redirect) return {};
  return tape.text();
}

}  // namespace detail
}  // namespace duramen
