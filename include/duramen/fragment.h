#pragma once
// Several nodes in the place of one, without an element around them: React's <Fragment>.

#include <utility>

#include "duramen/node.h"

namespace duramen {

template <class... Children>
Node fragment(Children&&... children) {
  detail::Tape tape;
  tape.put(detail::Op::array, static_cast<std::uint32_t>(sizeof...(Children)));
  (detail::appendChild(tape, std::forward<Children>(children)), ...);
  return Node{std::move(tape)};
}

// With a key, so that React keeps the state of these when their siblings move.
template <class... Children>
Node keyedFragment(const Text& key, Children&&... children) {
  detail::Tape tape;
  const std::uint32_t start = tape.openNamed(detail::NamedKind::symbol, "react.fragment");
  if (key.present()) {
    tape.put(detail::Op::key);
    tape.putBare(key.view());
  }
  tape.put(detail::Op::object, std::uint32_t{1});
  tape.putField("children");
  tape.append(fragment(std::forward<Children>(children)...).tape());
  tape.closeNamed(start);
  return Node{std::move(tape)};
}

}  // namespace duramen
