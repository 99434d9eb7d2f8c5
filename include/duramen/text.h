#pragma once
// Small helps for text on pages.

#include <cstddef>
#include <string_view>

namespace duramen {

// The front of `text`, at most `bytes` long, cut between characters. Points into `text`. REQUIRES: UTF-8.
std::string_view truncated(std::string_view text, std::size_t bytes);

}  // namespace duramen
