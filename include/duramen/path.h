#pragma once
// A path is a route, a link and a realtime key: Path<"/note/:key", NoteKey> matches "/note/n1", and called with a
// NoteKey it gives that text. Parameters are keys, text or integers; in a link they are percent-encoded.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/fields.h"
#include "duramen/node.h"

namespace duramen {

// Whether text can be a parameter of a path: not "", "." or "..", which no URL carries as a segment.
bool isSegment(std::string_view text);

namespace detail {

consteval bool isPattern(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '?' || text[i] == '#' || (text[i] == ':' && text[i - 1] != '/')) return false;
  return true;
}

// Appends a segment, percent-encoded as encodeURIComponent does. Throws std::invalid_argument unless it isSegment().
void appendSegment(std::string& link, std::string_view segment);

// The segments of a path, percent-decoded. Nothing if the path does not begin with '/', or a segment is ill-formed or
// not UTF-8.
std::optional<std::vector<std::string>> segmentsOf(std::string_view path);

// The path with its segments decoded and encoded again, so that equal paths are equal text. A path that has no such
// form stays as it is.
std::string normalPath(std::string_view path);

template <class T>
std::optional<T> fromSegment(const std::string& text) {
  if constexpr (std::integral<T>) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
  } else {
    static_assert(std::constructible_from<T, std::string>, "a parameter of a path is a key, text or an integer");
    return T{text};
  }
}

}  // namespace detail

template <Literal Pattern, class... Params>
struct Path {
  static_assert(Pattern.view().starts_with('/'), "a path starts with '/'");
  static constexpr bool typed = std::ranges::count(Pattern.view(), ':') == sizeof...(Params);
  static_assert(typed, "a Path names one type for each :parameter of its pattern");
  static constexpr bool whole = detail::isPattern(Pattern.view());
  static_assert(whole, "a path has no '?' and no '#', and each :parameter is a whole segment of it");
  static constexpr std::string_view pattern = Pattern.view();

  std::string operator()(const Params&... params) const {
    std::string link;
    std::string_view rest = pattern;
    const auto fill = [&](const Text& value) {
      const auto colon = rest.find(':');
      link += rest.substr(0, colon);
      detail::appendSegment(link, value.view());
      rest.remove_prefix(colon);
      rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    };
    (fill(Text{params}), ...);
    return link += rest;
  }
};

}  // namespace duramen
