#pragma once
// The views of one group, by link. Finds the view whose render a client may be handed (R5): one that read only values
// which are equal for that client. What a link's renders read of the client is known only once it has been rendered,
// and may change with each render.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "realtime/view.h"

namespace duramen::realtime {

class Views {
 public:
  // REQUIRES: all outlive the table.
  // `memory`: of the pages of all tables.
  Views(loop::Loop& loop, Renderer& renderer, const PassLimits& limits, PassListener& listener,
        const ByteBudget& memory)
      : loop_(loop), renderer_(renderer), limits_(limits), listener_(listener), memory_(memory), place_(memory) {}

  // A view that shows, or will probably show, what `who` would see at `link`: the best guess while it is unrendered.
  // Null if there is none.
  View* find(const std::string& link, const detail::Identity& who);
  View& add(const std::string& link, detail::IdentityPtr representative);
  // Takes a view without clients out of the table. It may be the one that is calling.
  void retire(View& view);
  // Room for one view more, as far as is known before it is rendered.
  bool haveRoom() const { return memory_.hasRoomFor(overhead); }
  enum class Shown : std::uint8_t { same, changed, noRoom };
  // View::show, of a view of the table. A view's first page may find no room; a view that has a page keeps its place.
  Shown show(View& view, Rendered rendered);

  // Tells what a link's latest render read.
  void learn(const View& view);
  // Another view of the same link that has a page, read the same values as `view`, and is not in a pass; or null.
  View* twin(const View& view);

  template <class Use>
  void forEach(Use&& use) {
    for (auto& [link, at] : links_)
      for (const auto& view : at.views) use(*view);
  }
  bool empty() const { return links_.empty(); }
  std::size_t size() const { return size_; }
  // What their pages take of memory.
  std::size_t bytes() const { return place_.bytes(); }

 private:
  // What a view costs beside its page.
  static constexpr std::size_t overhead = 2048;
  static std::size_t costOf(const Rendered& page);
  void give(const View& view);
  struct Link {
    std::vector<std::unique_ptr<View>> views;
    detail::Reads lastReads;
    bool known = false;  // whether anything was rendered at all
  };
  loop::Loop& loop_;
  Renderer& renderer_;
  const PassLimits& limits_;
  PassListener& listener_;
  std::map<std::string, Link, std::less<>> links_;
  std::size_t size_ = 0;
  const ByteBudget memory_;
  ByteBudget::Place place_;
};

}  // namespace duramen::realtime
