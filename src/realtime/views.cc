#include "realtime/views.h"

#include <algorithm>

namespace duramen::realtime {

View* Views::find(const std::string& link, const detail::Identity& who) {
  const auto at = links_.find(link);
  if (at == links_.end()) return nullptr;
  for (const auto& view : at->second.views)
    if (view->page() && view->page()->reads.sameFor(*view->representative(), who)) return view.get();
  for (const auto& view : at->second.views)
    if (!view->page() && (!at->second.known || at->second.lastReads.equalBetween(*view->representative(), who)))
      return view.get();
  return nullptr;
}

View& Views::add(const std::string& link, detail::IdentityPtr representative) {
  ++size_;
  return *links_[link].views.emplace_back(
      std::make_unique<View>(link, std::move(representative), loop_, renderer_, limits_, listener_, memory_));
}

void Views::retire(View& view) {
  const auto at = links_.find(view.link());
  auto& views = at->second.views;
  const auto place = std::ranges::find(views, &view, &std::unique_ptr<View>::get);
  view.end();
  --size_;
  give(view);
  // Freed by work of its own, since it may be on the stack.
  loop_.post([retired = std::move(*place)] {});
  views.erase(place);
  if (views.empty()) links_.erase(at);
}

std::size_t Views::costOf(const Rendered& page) {
  return overhead + page.bytes->capacity() + (page.node ? page.node->tape().size() : 0);
}

// What the view has taken of the table's place is free again.
void Views::give(const View& view) {
  if (view.page()) place_.shrinkTo(place_.bytes() - costOf(*view.page()));
}

Views::Shown Views::show(View& view, Rendered rendered) {
  if (view.page()) {
    give(view);
    const bool changed = view.show(std::move(rendered));
    place_.force(costOf(*view.page()));
    return changed ? Shown::changed : Shown::same;
  }
  if (!place_.grow(costOf(rendered))) return Shown::noRoom;
  view.show(std::move(rendered));
  return Shown::changed;
}

void Views::learn(const View& view) {
  Link& link = links_.find(view.link())->second;
  link.lastReads = view.page()->reads;
  link.known = true;
}

View* Views::twin(const View& view) {
  for (const auto& other : links_.find(view.link())->second.views)
    if (other.get() != &view && other->page() && !other->stale() && !view.page()->reads.everything() &&
        other->page()->reads == view.page()->reads)
      return other.get();
  return nullptr;
}

}  // namespace duramen::realtime
