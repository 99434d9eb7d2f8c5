#pragma once
// What a page puts into the document's head, in the order in which React prints it (docs/flight.md, D6): the sooner the
// browser should know of it, the earlier. What several parts of a page ask for is there once.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duramen::flight {

class HtmlHead {
 public:
  enum class Place : std::uint8_t { charset, viewport, images, scripts, laterImages, others };

  std::string& at(Place place) { return parts_[static_cast<std::size_t>(place)]; }
  // Style sheets of one precedence stand together, the precedences in the order in which they were first met.
  std::string& styles(std::string_view precedence);
  // Whether this is the first of its kind ("style", "script", "image") with this URL.
  bool isFirst(std::string_view kind, std::string_view url);
  // The first ten images are worth more than what comes later.
  Place placeOfImage(bool important);
  std::string toString() const;

 private:
  std::string parts_[6];
  std::vector<std::pair<std::string, std::string>> styles_;
  std::set<std::pair<std::string, std::string>> loaded_;
  int images_ = 0;
};

}  // namespace duramen::flight
