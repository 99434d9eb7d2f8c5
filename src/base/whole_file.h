#pragma once
// Small files that are there whole or not at all.

#include <sys/stat.h>

#include <filesystem>
#include <string_view>

namespace duramen {

// Writes `bytes` under another name and to the disk first, then gives it its name: neither a crash nor a full disk
// leaves half of one, and of two that write at once one is there. It waits for the disk. False if that failed: errno
// says why, and what was there is there still, unless the disk failed at the very end.
bool writeWhole(const std::filesystem::path& path, mode_t mode, std::string_view bytes);

}  // namespace duramen
