#pragma once
// Merges two people's edits of one text, by Unicode code points: what either inserted stays, what either erased goes.
// client/src/merge.ts is the same algorithm, step for step; test/vectors/merge.json holds both to it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::objects {

// Erases `erased` code points at `at` of the old text and puts `inserted` in their place.
struct Hunk {
  std::size_t at = 0;
  std::size_t erased = 0;
  std::u32string inserted;

  friend bool operator==(const Hunk&, const Hunk&) = default;
};

// How `from` becomes `to`: hunks in order, never adjacent. Myers' shortest edit script inside the common prefix and
// suffix; texts that differ by more than `maxEdits` code points are one hunk, which bounds the cost.
inline constexpr std::size_t maxEdits = 400;
std::vector<Hunk> diff(std::u32string_view from, std::u32string_view to);

struct Merged {
  std::u32string text;
  std::vector<std::size_t> carets;
};

// `mine` and `theirs` both began as `base`. At equal places what they inserted comes first. `carets` are offsets into
// `mine`; each comes back as the offset behind the same code point, or behind what is left of it.
// REQUIRES: no caret is beyond the end of `mine`.
Merged merge(std::u32string_view base, std::u32string_view mine, std::u32string_view theirs,
             const std::vector<std::size_t>& carets = {});

}  // namespace duramen::objects
