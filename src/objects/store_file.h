#pragma once
// store.sqlite before it is opened: what kind of file it is, and how one without checksums gets them.

#include <cstdint>
#include <expected>
#include <filesystem>

#include "base/log.h"
#include "objects/sqlite.h"

namespace duramen::objects {

struct StoreFile {
  enum class Kind : std::uint8_t {
    fresh,     // not there, or empty
    summed,    // its pages carry checksums
    unsummed,  // written before they did, or by another program: SQLite says whether it is a database
    damaged,   // its first page does not match its checksum
  };
  // REQUIRES: no connection of this process has it open: SQLite's locks would go with the look at it.
  static Kind look(const std::filesystem::path& file);
  // Makes it, with rights for its owner only. False if that failed: errno says why.
  static bool make(const std::filesystem::path& file);
};

// Copies all of `file` into one whose pages carry checksums, which then takes its place, whole or not at all. The error
// may be SQLITE_BUSY, if another program has the file open, or SQLITE_FULL; all is as before then. REQUIRES: no
// connection of this process has it open.
SqliteResult<void> giveChecksums(const std::filesystem::path& file, const Log& log);

}  // namespace duramen::objects
