#pragma once
// How a MergedText lies in its object's storage: one whole text, the oldest that is kept, and every later revision as
// the edit that made it. So a save writes what was typed, however long the text is.
//
//   NAME              "NUMBER\n" and the text of that revision; absent: revision 0, which is empty
//   NAME#rNUMBER      "AT ERASED\n" and what was inserted: offsets in bytes, into the revision before
//   NAME#eSEQUENCE    "SECONDS ID": an edit that was saved, and when

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "duramen/storage.h"

namespace duramen::objects {

class TextHistory {
 public:
  static constexpr std::size_t maxRevisions = 512;  // bounds what reading an old one costs

  TextHistory(Storage& storage, std::string_view name) : storage_(storage), name_(name) {}

  std::int64_t number();
  const std::string& latest();
  // The text of an earlier revision; nothing if it is no longer kept, or never was.
  std::optional<std::string> at(std::int64_t number);

  bool knows(const std::string& edit);
  // Takes `text` as the next revision, and the edit's id with it. REQUIRES: text that differs from latest().
  void append(std::string text);
  void remember(const std::string& edit, std::int64_t now);

  // After a write that threw: what is stored counts.
  void forget() { loaded_ = false; }

 private:
  struct Kept {
    std::int64_t number;
    std::size_t bytes;
  };
  struct Edit {
    std::int64_t sequence;
    std::int64_t seconds;
    std::string id;
  };
  void load();
  void loadEdits();
  void expire(std::int64_t now);
  void shorten();
  void storeWhole(std::int64_t number, const std::string& text);
  std::string replay(std::int64_t to) const;
  std::string revisionKey(std::int64_t number) const;
  std::string editKey(std::int64_t sequence) const;

  Storage& storage_;
  const std::string name_;
  bool loaded_ = false;
  std::string latest_;
  std::int64_t number_ = 0;
  std::int64_t wholeNumber_ = 0;
  std::deque<Kept> revisions_;  // from wholeNumber_ + 1 to number_
  std::size_t revisionBytes_ = 0;
  std::deque<Edit> edits_;  // the oldest first
  std::map<std::string, std::int64_t, std::less<>> editIds_;
};

}  // namespace duramen::objects
