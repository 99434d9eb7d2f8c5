#pragma once
// Text that somebody else may have chosen, as one line that a person or a terminal reads: no byte of it can begin a
// line of its own, move a cursor or turn text around.

#include <cstddef>
#include <string>
#include <string_view>

namespace duramen {

// The offset of the first byte that is not shown as it is; text.size() if there is none.
std::size_t firstUnprintable(std::string_view text);

// Each byte of a control character (C0, DEL, C1), of a line or paragraph separator, of a mark that turns the direction
// of text, and of what is no UTF-8 stands as "\x1b". All else stays as it is, so the result stays equal when it comes
// here again.
std::string printable(std::string_view text);

}  // namespace duramen
