#pragma once
// Small files that are there whole or not at all.

#include <sys/stat.h>

#include <filesystem>
#include <string_view>

namespace duramen::server {

// Writes `bytes` under another name and to the disk first, then gives it its name: a crash leaves no half of one. False
// if that failed: errno says why.
bool writeWhole(const std::filesystem::path& path, mode_t mode, std::string_view bytes);

}  // namespace duramen::server
