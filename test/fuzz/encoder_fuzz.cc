// Trees of any shape and any text: rows that an independent reader takes apart, and HTML, or an EncodeError.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "duramen/html.h"
#include "flight/encode.h"

namespace {

using duramen::Node;
namespace html = duramen::html;

struct Nothing : duramen::flight::References {
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return std::nullopt; }
  bool hasAction(std::string_view) const override { return false; }
};

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  unsigned char byte() {
    if (bytes_.empty()) return 0;
    const auto first = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return first;
  }
  // Some of the bytes, and now and then enough of them for a row of their own.
  std::string text() {
    const std::size_t size = byte() % 40;
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(text.size());
    if (size == 39) text.append(1100, 'x');
    return text;
  }

 private:
  std::string_view bytes_;
};

Node tree(Input& input, int depth) {
  const auto child = [&] { return depth > 12 || input.empty() ? Node{input.text()} : tree(input, depth + 1); };
  switch (input.byte() % 9) {
    case 0:
      return html::p.key(input.text()).title(input.text())(child(), child());
    case 1:
      return html::div.style({{"width", input.byte()}, {"color", input.text()}})(child());
    case 2:
      return html::a.href(input.text()).data("x", input.text())(std::vector<Node>{child(), child(), child()});
    case 3:
      return html::pre(input.text(), nullptr, input.byte());
    case 4:
      return html::script(input.text());
    case 5:
      return html::select.value(input.text())(html::option(input.text()));
    case 6:
      return html::title(input.text());
    case 7:
      return html::textarea.defaultValue(input.text());
    default:
      return input.text();
  }
}

// Rows apart by their own lengths, as React's client does it.
void requireRows(const std::string& rows) {
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t colon = rows.find(':', at);
    if (colon == rows.npos || colon == at || colon - at > 8) std::abort();
    at = colon + 1;
    if (rows[at] == 'T') {
      const std::size_t comma = rows.find(',', at);
      at = comma + 1 + std::strtoul(rows.c_str() + at + 1, nullptr, 16);
      if (at > rows.size()) std::abort();
    } else {
      const std::size_t end = rows.find('\n', at);
      if (end == rows.npos) std::abort();
      at = end + 1;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{{reinterpret_cast<const char*>(data), size}};
  const Node page = tree(input, 0);
  try {
    std::string rows;
    duramen::flight::appendPage(rows, page, Nothing{});
    requireRows(rows);
    (void)duramen::flight::renderHtml(page);
  } catch (const duramen::flight::EncodeError&) {
    return 0;  // a page that cannot be sent is refused, which is right
  }
  return 0;
}
