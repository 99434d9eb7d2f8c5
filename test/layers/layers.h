#pragma once
// The order of rooms, kept: docs/architecture.md names the rooms, what each may include and which public headers are
// its own; layers finds every #include of ours that this does not allow.

#include <expected>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace duramen::layers {

struct Room {
  std::string name;
  std::set<std::string> includes;    // rooms
  std::vector<std::string> headers;  // of include/duramen/, without .h; a last '*' stands for any ending
};

// The rooms of an architecture.md, or what is wrong with its table.
std::expected<std::vector<Room>, std::string> readRooms(std::string_view markdown);

// One line for each include under src/, include/ and examples/ of `tree` that the rooms do not allow, and for each
// public header that belongs to no room or to two: "src/wire/frame.cc:3: wire may not include loop/loop.h (loop)".
std::vector<std::string> violations(const std::filesystem::path& tree, const std::vector<Room>& rooms);

}  // namespace duramen::layers
