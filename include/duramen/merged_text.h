#pragma once
// Text that several people edit at once, kept in an object's storage with its recent revisions. A save that names the
// revision it began from is merged with what others saved since (three ways, by code points): nobody's edit is lost,
// and the same edit sent twice counts once. A save without a base replaces the text.

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "duramen/storage.h"

namespace duramen {

struct Revision {
  std::string content;
  std::int64_t number = 0;  // 0: never saved
  bool merged = true;       // false: the base is no longer known, nothing was changed
};

// What a save began from, and its own id (random, made by the editor), by which a repeat is known.
struct Base {
  std::int64_t number;
  std::string edit;
};

// A save that was refused, and changed nothing: text that is not UTF-8 (the message says where), or longer than
// MergedText::maxTextBytes, or an edit id of no or too many bytes.
class TextRefused : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// A member of a durable object, on its loop. Its keys in the storage are `name` and those that begin with `name` and
// '#'.
class MergedText {
 public:
  static constexpr std::size_t maxTextBytes = 1024 * 1024;
  static constexpr std::size_t maxRevisionBytes =
      256 * 1024;                                  // of all kept revisions, which bounds how old a base may be
  static constexpr std::size_t maxEditIds = 4096;  // kept for a day
  static constexpr std::size_t maxEditIdBytes = 64;

  MergedText(Storage& storage, std::string_view name);
  MergedText(const MergedText&) = delete;
  MergedText& operator=(const MergedText&) = delete;
  ~MergedText();

  Revision latest() const;
  // Throws TextRefused, or StorageError if the object's storage is full.
  Revision save(std::string content, std::optional<Base> base);

 private:
  class History;
  Storage& storage_;
  std::unique_ptr<History> history_;
};

}  // namespace duramen
