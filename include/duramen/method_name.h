#pragma once
// The name of a member function, "Note::setText", as a log wants it. The compiler spells it, as it does the names of
// members (fields.h).

#include <cstddef>
#include <string_view>

namespace duramen::detail {

template <auto Method>
consteval auto spelledMethod() {                  // auto: g++ would append what std::string_view is
  std::string_view spelled{__PRETTY_FUNCTION__};  // ... [Method = &notes::Note::setText]
  spelled.remove_suffix(1);
  spelled.remove_prefix(spelled.rfind('&') + 1);
  // The namespaces go: all before the second "::" from the end that is outside of a template's arguments.
  int depth = 0;
  bool isClass = false;
  for (std::size_t at = spelled.size(); at-- > 1;) {
    depth += spelled[at] == '>' ? 1 : spelled[at] == '<' ? -1 : 0;
    if (depth != 0 || spelled.substr(at - 1, 2) != "::") continue;
    if (isClass) return spelled.substr(at + 1);
    isClass = true;
  }
  return spelled;
}

// Lives as long as the program, so that a call's message holds its address alone.
template <auto Method>
inline constexpr std::string_view methodName = spelledMethod<Method>();

}  // namespace duramen::detail
