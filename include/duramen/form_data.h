#pragma once
// What a form sends: fields by name, in order, each text or a file. An action takes a FormData as it is, or a struct
// whose members are the fields.

#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "duramen/js_types.h"
#include "duramen/shared_bytes.h"

namespace duramen {

// A File or a Blob of the browser. Name and type are the sender's words: no path, and no proof of what is inside. To
// copy it costs little, and it may go to another thread. The bytes of a large one lie on the server's disk, not in its
// memory; while anybody has them, all that came with them stays, and counts for the server's limits.
struct File {
  std::string name;  // "" or "blob" of a Blob
  std::string type;  // "image/png"; empty if unknown
  SharedBytes bytes;
  friend bool operator==(const File&, const File&) = default;

  // Writes the bytes to a file of this path, which is there afterwards whole and on the disk, or as it was before: in
  // place of one that is there, in a directory that is. It waits for the disk. The error is a sentence.
  std::expected<void, std::string> saveTo(const std::string& path) const;

  // To the browser it goes as a Blob.
  void appendValueTo(detail::Tape& tape) const;
  static Decoded<File> decodeValue(const Value* value, const Where& where);
};

class FormData {
 public:
  struct Entry {
    std::string name;
    std::variant<std::string, File> value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  void append(std::string name, std::string text) { entries_.push_back({std::move(name), std::move(text)}); }
  void append(std::string name, File file) { entries_.push_back({std::move(name), std::move(file)}); }

  const std::vector<Entry>& entries() const { return entries_; }
  // The first text of this name; empty if there is none.
  std::string_view text(std::string_view name) const;
  // The first file of this name; null if there is none.
  const File* file(std::string_view name) const;
  const Entry* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  friend bool operator==(const FormData&, const FormData&) = default;

  void appendValueTo(detail::Tape& tape) const;
  static Decoded<FormData> decodeValue(const Value* value, const Where& where);

 private:
  std::vector<Entry> entries_;
};

}  // namespace duramen
