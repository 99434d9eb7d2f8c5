#pragma once
// What SQLite's recovery does not say: it takes a log up to the first frame that does not fit, as a crash may leave it,
// and drops the rest. A batch is synced before the next one begins, so what stands behind the end of the batch that has
// the bad frame shows that the bad one was once whole: that is damage, and what would be dropped is acknowledged.

#include <cstdint>
#include <filesystem>
#include <string>

namespace duramen::objects {

struct LogState {
  enum class Kind : std::uint8_t {
    sound,
    torn,     // the last batch is not whole: it was under way at a crash, or is damaged
    damaged,  // acknowledged batches stand behind a bad frame
  };
  Kind kind = Kind::sound;
  std::uint64_t goodFrames = 0;  // that recovery takes: up to the last batch that is whole
  std::uint64_t badFrames = 0;   // frames of this log that it drops
  std::string what;              // empty if sound
};

// REQUIRES: nobody writes to the log. A file that is not there is sound.
LogState checkLog(const std::filesystem::path& log);

}  // namespace duramen::objects
