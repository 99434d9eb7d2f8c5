#include "flight/html_image.h"

namespace duramen::flight {

using detail::Op;
using html::Attr;

void preloadImage(HtmlHead& head, const Attributes& image) {
  const std::string_view src = image.textOf(Attr::src), srcSet = image.textOf(Attr::srcSet);
  const std::string_view priority = image.textOf(Attr::fetchPriority);
  if ((src.empty() && srcSet.empty()) || image.textOf(Attr::loading) == "lazy" || priority == "low" ||
      src.starts_with("data:") || srcSet.starts_with("data:"))
    return;
  const std::string key =
      srcSet.empty() ? std::string(src) : std::string(srcSet) + "\n" + std::string(image.textOf(Attr::sizes));
  if (!head.isFirst("image", key)) return;
  Writer link{head.at(head.placeOfImage(priority == "high")), 128};
  link.put(std::string_view{"<link rel=\"preload\" as=\"image\""});
  const auto copy = [&](Attr from, std::string_view name) {
    if (const Attribute* const attribute = image.find(from); attribute && attribute->op != Op::null)
      printAttribute(link, name, *attribute);
  };
  if (const Attribute* const source = image.find(Attr::src); source && srcSet.empty())
    printUrlAttribute(link, "href", *source);
  copy(Attr::srcSet, "imageSrcSet");
  if (!image.textOf(Attr::sizes).empty()) copy(Attr::sizes, "imageSizes");
  if (const Attribute* const crossOrigin = image.find(Attr::crossOrigin); crossOrigin && crossOrigin->op == Op::text)
    link.put(image.textOf(Attr::crossOrigin) == "use-credentials" ? std::string_view{" crossorigin=\"use-credentials\""}
                                                                  : std::string_view{" crossorigin=\"\""});
  copy(Attr::integrity, "integrity");
  copy(Attr::type, "type");
  copy(Attr::referrerPolicy, "referrerPolicy");
  copy(Attr::fetchPriority, "fetchPriority");
  link.put(std::string_view{"/>"});
}

}  // namespace duramen::flight
