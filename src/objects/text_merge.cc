#include "objects/text_merge.h"

#include <algorithm>

namespace duramen::objects {
namespace {

struct Step {
  std::size_t at;
  bool erases;
  char32_t inserted;
};

// How far each diagonal got, for one number of edits. Diagonal k (offset in `from` less offset in `to`) is at k +
// middle.
class Frontier {
 public:
  explicit Frontier(std::size_t most) : middle_(static_cast<std::ptrdiff_t>(most)), reach_(2 * most + 2, 0) {}
  std::ptrdiff_t& operator[](std::ptrdiff_t diagonal) { return reach_[static_cast<std::size_t>(middle_ + diagonal)]; }

  // Whether the best path onto `diagonal` with `edits` edits inserts (comes from the diagonal above).
  bool inserts(std::ptrdiff_t diagonal, std::ptrdiff_t edits) {
    return diagonal == -edits || (diagonal != edits && (*this)[diagonal - 1] < (*this)[diagonal + 1]);
  }

 private:
  std::ptrdiff_t middle_;
  std::vector<std::ptrdiff_t> reach_;
};

// The frontiers before each number of edits, up to the one that reaches both ends; empty if `maxEdits` are too few.
std::vector<Frontier> explore(std::u32string_view from, std::u32string_view to) {
  const auto n = static_cast<std::ptrdiff_t>(from.size());
  const auto m = static_cast<std::ptrdiff_t>(to.size());
  const std::size_t most = std::min(from.size() + to.size(), maxEdits);
  Frontier now{most};
  std::vector<Frontier> trace;
  for (std::ptrdiff_t edits = 0; edits <= static_cast<std::ptrdiff_t>(most); ++edits) {
    trace.push_back(now);
    for (std::ptrdiff_t k = -edits; k <= edits; k += 2) {
      std::ptrdiff_t x = now.inserts(k, edits) ? now[k + 1] : now[k - 1] + 1;
      std::ptrdiff_t y = x - k;
      while (x < n && y < m && from[static_cast<std::size_t>(x)] == to[static_cast<std::size_t>(y)]) ++x, ++y;
      now[k] = x;
      if (x >= n && y >= m) return trace;
    }
  }
  return {};
}

// Walks back from both ends along the trace: the edits, last first.
std::vector<Step> walkBack(std::vector<Frontier>& trace, std::u32string_view from, std::u32string_view to) {
  std::vector<Step> steps;
  auto x = static_cast<std::ptrdiff_t>(from.size());
  auto y = static_cast<std::ptrdiff_t>(to.size());
  for (auto edits = static_cast<std::ptrdiff_t>(trace.size()) - 1; edits > 0; --edits) {
    Frontier& before = trace[static_cast<std::size_t>(edits)];
    const std::ptrdiff_t k = x - y;
    const bool inserts = before.inserts(k, edits);
    const std::ptrdiff_t fromX = before[inserts ? k + 1 : k - 1];
    const std::ptrdiff_t fromY = fromX - (inserts ? k + 1 : k - 1);
    if (inserts) {
      steps.push_back({static_cast<std::size_t>(fromX), false, to[static_cast<std::size_t>(fromY)]});
    } else {
      steps.push_back({static_cast<std::size_t>(fromX), true, U'\0'});
    }
    x = fromX;
    y = fromY;
  }
  return steps;
}

// The code points of one side's hunks as a walk over the base meets them.
class Side {
 public:
  explicit Side(const std::vector<Hunk>& hunks) : next_(hunks.begin()), end_(hunks.end()) {}

  // What was inserted in front of `at`. REQUIRES: called for each place of the base in turn.
  std::u32string_view insertedAt(std::size_t at) {
    if (next_ == end_ || next_->at != at) return {};
    erasedTo_ = at + next_->erased;
    return (next_++)->inserted;
  }
  bool erases(std::size_t at) const { return at < erasedTo_; }

 private:
  std::vector<Hunk>::const_iterator next_, end_;
  std::size_t erasedTo_ = 0;
};

}  // namespace

std::vector<Hunk> diff(std::u32string_view from, std::u32string_view to) {
  const auto prefix = static_cast<std::size_t>(std::ranges::mismatch(from, to).in1 - from.begin());
  from.remove_prefix(prefix);
  to.remove_prefix(prefix);
  while (!from.empty() && !to.empty() && from.back() == to.back()) {
    from.remove_suffix(1);
    to.remove_suffix(1);
  }
  if (from.empty() && to.empty()) return {};
  const auto whole = [&] { return std::vector{Hunk{prefix, from.size(), std::u32string{to}}}; };
  if (from.empty() || to.empty()) return whole();
  std::vector<Frontier> trace = explore(from, to);
  if (trace.empty()) return whole();

  std::vector<Step> steps = walkBack(trace, from, to);
  std::vector<Hunk> hunks;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const std::size_t at = prefix + step->at;
    if (hunks.empty() || hunks.back().at + hunks.back().erased != at) hunks.push_back({at, 0, {}});
    if (step->erases) {
      ++hunks.back().erased;
    } else {
      hunks.back().inserted += step->inserted;
    }
  }
  return hunks;
}

Merged merge(std::u32string_view base, std::u32string_view mine, std::u32string_view theirs,
             const std::vector<std::size_t>& carets) {
  const std::vector<Hunk> myHunks = diff(base, mine);
  const std::vector<Hunk> theirHunks = diff(base, theirs);
  Side me{myHunks}, they{theirHunks};
  Merged merged{{}, std::vector<std::size_t>(carets.size(), 0)};
  merged.text.reserve(std::max(mine.size(), theirs.size()));
  std::size_t read = 0;  // code points of `mine` that went by
  const auto pass = [&](char32_t point, bool keep) {
    ++read;
    if (keep) merged.text += point;
    for (std::size_t i = 0; i < carets.size(); ++i)
      if (carets[i] == read) merged.carets[i] = merged.text.size();
  };
  for (std::size_t at = 0; at <= base.size(); ++at) {
    merged.text += they.insertedAt(at);
    for (const char32_t point : me.insertedAt(at)) pass(point, true);
    if (at < base.size() && !me.erases(at)) pass(base[at], !they.erases(at));
  }
  return merged;
}

}  // namespace duramen::objects
