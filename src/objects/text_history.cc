#include "objects/text_history.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "duramen/merged_text.h"

namespace duramen::objects {
namespace {

constexpr std::int64_t editSeconds = 24 * 60 * 60;

// One change of a text, in bytes.
struct Splice {
  std::size_t at = 0;
  std::size_t erased = 0;
  std::string_view inserted;
};

Splice spliceOf(std::string_view from, std::string_view to) {
  const auto prefix = static_cast<std::size_t>(std::ranges::mismatch(from, to).in1 - from.begin());
  from.remove_prefix(prefix);
  to.remove_prefix(prefix);
  while (!from.empty() && !to.empty() && from.back() == to.back()) {
    from.remove_suffix(1);
    to.remove_suffix(1);
  }
  return {prefix, from.size(), to};
}

[[noreturn]] void damaged(const std::string& key) {
  throw StorageError(StorageError::Reason::undecodable, "key " + key + ": what is stored is no revision of a text");
}

// Takes a number and the byte that ends it.
template <class T>
T takeNumber(std::string_view& bytes, char end, const std::string& key) {
  T number{};
  const auto [at, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  if (error != std::errc{} || at == bytes.data() + bytes.size() || *at != end) damaged(key);
  bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()) + 1);
  return number;
}

void apply(std::string& text, std::string_view stored, const std::string& key) {
  const auto at = takeNumber<std::size_t>(stored, ' ', key);
  const auto erased = takeNumber<std::size_t>(stored, '\n', key);
  if (at > text.size() || erased > text.size() - at) damaged(key);
  text.replace(at, erased, stored);
}

}  // namespace

std::int64_t TextHistory::number() {
  load();
  return number_;
}

const std::string& TextHistory::latest() {
  load();
  return latest_;
}

std::optional<std::string> TextHistory::at(std::int64_t number) {
  load();
  if (number == number_) return latest_;
  if (number < wholeNumber_ || number > number_) return std::nullopt;
  return replay(number);
}

bool TextHistory::knows(const std::string& edit) {
  load();
  return editIds_.contains(edit);
}

void TextHistory::append(std::string text) {
  load();
  const Splice splice = spliceOf(latest_, text);
  const std::int64_t next = number_ + 1;
  std::string stored = fmt::format("{} {}\n", splice.at, splice.erased);
  stored += splice.inserted;
  const std::size_t bytes = stored.size();
  if (bytes > MergedText::maxRevisionBytes) {
    storeWhole(next, text);
  } else {
    storage_.putBytes(revisionKey(next), stored);
    revisions_.push_back({next, bytes});
    revisionBytes_ += bytes;
  }
  latest_ = std::move(text);
  number_ = next;
  if (revisions_.size() > maxRevisions || revisionBytes_ > MergedText::maxRevisionBytes) shorten();
}

void TextHistory::remember(const std::string& edit, std::int64_t now) {
  load();
  expire(now);
  const std::int64_t sequence = edits_.empty() ? 1 : edits_.back().sequence + 1;
  storage_.putBytes(editKey(sequence), fmt::format("{} {}", now, edit));
  edits_.push_back({sequence, now, edit});
  editIds_.emplace(edit, sequence);
}

void TextHistory::expire(std::int64_t now) {
  while (!edits_.empty() && (edits_.size() >= MergedText::maxEditIds || edits_.front().seconds + editSeconds < now)) {
    storage_.erase(editKey(edits_.front().sequence));
    editIds_.erase(edits_.front().id);
    edits_.pop_front();
  }
}

// Drops the older half of the revisions: the whole text moves forward.
void TextHistory::shorten() {
  std::size_t dropped = 0, bytes = revisionBytes_;
  while (dropped < revisions_.size() &&
         (revisions_.size() - dropped > maxRevisions / 2 || bytes > MergedText::maxRevisionBytes / 2))
    bytes -= revisions_[dropped++].bytes;
  const std::int64_t whole = revisions_[dropped - 1].number;
  const std::string text = whole == number_ ? latest_ : replay(whole);
  storage_.putBytes(name_, fmt::format("{}\n", whole) + text);
  for (; dropped > 0; --dropped) {
    storage_.erase(revisionKey(revisions_.front().number));
    revisions_.pop_front();
  }
  revisionBytes_ = bytes;
  wholeNumber_ = whole;
}

void TextHistory::storeWhole(std::int64_t number, const std::string& text) {
  storage_.putBytes(name_, fmt::format("{}\n", number) + text);
  for (const Kept& each : revisions_) storage_.erase(revisionKey(each.number));
  revisions_.clear();
  revisionBytes_ = 0;
  wholeNumber_ = number;
}

std::string TextHistory::replay(std::int64_t to) const {
  std::string text;
  if (const auto stored = storage_.getBytes(name_)) {
    std::string_view bytes = *stored;
    takeNumber<std::int64_t>(bytes, '\n', name_);
    text = bytes;
  }
  for (std::int64_t number = wholeNumber_ + 1; number <= to; ++number) {
    const std::string key = revisionKey(number);
    const auto stored = storage_.getBytes(key);
    if (!stored) damaged(key);
    apply(text, *stored, key);
  }
  return text;
}

void TextHistory::load() {
  if (loaded_) return;
  wholeNumber_ = 0;
  if (const auto stored = storage_.getBytes(name_)) {
    std::string_view bytes = *stored;
    wholeNumber_ = takeNumber<std::int64_t>(bytes, '\n', name_);
  }
  revisions_.clear();
  revisionBytes_ = 0;
  for (const std::string& key : storage_.list(name_ + "#r")) {
    const std::size_t bytes = storage_.getBytes(key)->size();
    revisions_.push_back({wholeNumber_ + 1 + static_cast<std::int64_t>(revisions_.size()), bytes});
    revisionBytes_ += bytes;
  }
  number_ = wholeNumber_ + static_cast<std::int64_t>(revisions_.size());
  latest_ = replay(number_);
  loadEdits();
  loaded_ = true;
}

void TextHistory::loadEdits() {
  edits_.clear();
  editIds_.clear();
  const std::string prefix = name_ + "#e";
  for (const std::string& key : storage_.list(prefix)) {
    std::string_view digits = std::string_view{key}.substr(prefix.size());
    std::int64_t sequence = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    const auto stored = storage_.getBytes(key);
    std::string_view bytes = *stored;
    const auto seconds = takeNumber<std::int64_t>(bytes, ' ', key);
    edits_.push_back({sequence, seconds, std::string(bytes)});
    editIds_.emplace(bytes, sequence);
  }
}

// Twelve digits, so that keys are in order of the numbers.
std::string TextHistory::revisionKey(std::int64_t number) const { return fmt::format("{}#r{:012}", name_, number); }
std::string TextHistory::editKey(std::int64_t sequence) const { return fmt::format("{}#e{:012}", name_, sequence); }

}  // namespace duramen::objects
