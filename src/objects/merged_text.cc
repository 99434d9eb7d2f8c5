#include "duramen/merged_text.h"

#include <fmt/format.h>

#include <utility>

#include "base/utf8.h"
#include "objects/text_history.h"
#include "objects/text_merge.h"

namespace duramen {
namespace {

// REQUIRES: UTF-8.
std::u32string codePoints(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t point = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) point = point << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    points += point;
    at += size;
  }
  return points;
}

std::string utf8(std::u32string_view points) {
  std::string text;
  text.reserve(points.size());
  for (const char32_t point : points) appendUtf8(text, point);
  return text;
}

void check(std::string_view content, const std::optional<Base>& base) {
  if (const auto offset = firstInvalidUtf8(content))
    throw TextRefused(fmt::format("the text is not UTF-8: byte {} cannot be read", *offset));
  if (content.size() > MergedText::maxTextBytes)
    throw TextRefused(
        fmt::format("the text has {} bytes: at most {} were expected", content.size(), MergedText::maxTextBytes));
  if (base && (base->edit.empty() || base->edit.size() > MergedText::maxEditIdBytes))
    throw TextRefused(fmt::format("base.edit: an id of 1 to {} bytes was expected", MergedText::maxEditIdBytes));
}

}  // namespace

class MergedText::History : public objects::TextHistory {
 public:
  History(Storage& storage, std::string_view name) : TextHistory(storage, name) {}
  Revision revision(bool merged = true) { return {latest(), number(), merged}; }
  // Whoever erased all of the object has erased the text.
  void notice(std::uint64_t erasures) {
    if (std::exchange(erasures_, erasures) != erasures) forget();
  }

 private:
  std::uint64_t erasures_ = 0;
};

MergedText::MergedText(Storage& storage, std::string_view name)
    : storage_(storage), history_(std::make_unique<History>(storage, name)) {}
MergedText::~MergedText() = default;

Revision MergedText::latest() const {
  history_->notice(storage_.erasures());
  return history_->revision();
}

Revision MergedText::save(std::string content, std::optional<Base> base) {
  check(content, base);
  history_->notice(storage_.erasures());
  if (base) {
    if (history_->knows(base->edit)) return history_->revision();
    const auto began = history_->at(base->number);
    if (!began) return history_->revision(false);
    if (base->number != history_->number()) {
      content = utf8(objects::merge(codePoints(*began), codePoints(content), codePoints(history_->latest())).text);
      if (content.size() > maxTextBytes)
        throw TextRefused(fmt::format("the text has {} bytes with what others saved: at most {} were expected",
                                      content.size(), maxTextBytes));
    }
  }
  try {
    if (content != history_->latest()) history_->append(std::move(content));
    if (base) history_->remember(base->edit, storage_.wallSeconds());
  } catch (...) {
    history_->forget();
    throw;
  }
  return history_->revision();
}

}  // namespace duramen
