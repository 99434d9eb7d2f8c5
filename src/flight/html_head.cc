#include "flight/html_head.h"

#include <algorithm>

namespace duramen::flight {

std::string& HtmlHead::styles(std::string_view precedence) {
  const auto at = std::ranges::find(styles_, precedence, &std::pair<std::string, std::string>::first);
  if (at != styles_.end()) return at->second;
  return styles_.emplace_back(precedence, std::string{}).second;
}

bool HtmlHead::isFirst(std::string_view kind, std::string_view url) {
  return loaded_.emplace(std::string(kind), std::string(url)).second;
}

HtmlHead::Place HtmlHead::placeOfImage(bool important) {
  constexpr int most = 10;
  if (!important && images_ >= most) return Place::laterImages;
  ++images_;
  return Place::images;
}

std::string HtmlHead::toString() const {
  std::string all;
  for (std::size_t place = 0; place < std::size(parts_); ++place) {
    if (static_cast<Place>(place) == Place::scripts)
      for (const auto& [precedence, styles] : styles_) all += styles;
    all += parts_[place];
  }
  return all;
}

}  // namespace duramen::flight
