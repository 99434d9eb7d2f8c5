#include "layers.h"

#include <algorithm>
#include <fstream>
#include <ranges>
#include <sstream>

namespace duramen::layers {

namespace {

namespace fs = std::filesystem;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> cells(std::string_view row) {
  std::vector<std::string_view> result;
  row = trimmed(row);
  while (row.starts_with('|')) {
    row.remove_prefix(1);
    const auto end = row.find('|');
    if (end == std::string_view::npos) break;
    result.push_back(trimmed(row.substr(0, end)));
    row.remove_prefix(end);
  }
  return result;
}

// What stands between backquotes.
std::vector<std::string> quoted(std::string_view cell) {
  std::vector<std::string> result;
  for (;;) {
    const auto open = cell.find('`');
    if (open == std::string_view::npos) return result;
    const auto close = cell.find('`', open + 1);
    if (close == std::string_view::npos) return result;
    result.emplace_back(cell.substr(open + 1, close - open - 1));
    cell.remove_prefix(close + 1);
  }
}

bool matches(std::string_view pattern, std::string_view header) {
  if (pattern.ends_with('*')) return header.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == header;
}

bool isSource(const fs::path& path) { return path.extension() == ".h" || path.extension() == ".cc"; }

std::vector<fs::path> sourcesUnder(const fs::path& folder) {
  std::vector<fs::path> result;
  if (!fs::exists(folder)) return result;
  for (fs::recursive_directory_iterator each{folder}, end; each != end; ++each) {
    if (each->path().filename() == "node_modules") each.disable_recursion_pending();
    if (each->is_regular_file() && isSource(each->path())) result.push_back(each->path());
  }
  std::ranges::sort(result);
  return result;
}

class Checker {
 public:
  Checker(const fs::path& tree, const std::vector<Room>& rooms) : tree_(tree), rooms_(rooms) {}

  std::vector<std::string> run() {
    for (const Room& room : rooms_)
      for (const fs::path& file : sourcesUnder(tree_ / "src" / room.name)) checkFile(file, &room);
    if (fs::exists(tree_ / "src"))
      for (const auto& entry : fs::directory_iterator{tree_ / "src"})
        if (entry.is_directory() && !roomNamed(entry.path().filename().string()))
          found_.push_back("src/" + entry.path().filename().string() + " is no room of docs/architecture.md");
    for (const fs::path& file : sourcesUnder(tree_ / "include" / "duramen")) {
      const Room* room = ownerOf(fs::relative(file, tree_ / "include" / "duramen").replace_extension().string());
      if (room) checkFile(file, room);
    }
    for (const fs::path& file : sourcesUnder(tree_ / "examples")) checkFile(file, nullptr);
    return std::move(found_);
  }

 private:
  const Room* roomNamed(std::string_view name) const {
    const auto room = std::ranges::find(rooms_, name, &Room::name);
    return room == rooms_.end() ? nullptr : &*room;
  }

  // The one room that the public header belongs to.
  const Room* ownerOf(const std::string& header) {
    const Room* owner = nullptr;
    for (const Room& room : rooms_) {
      if (!std::ranges::any_of(room.headers, [&](const auto& pattern) { return matches(pattern, header); })) continue;
      if (owner) found_.push_back("duramen/" + header + ".h belongs to two rooms: " + owner->name + ", " + room.name);
      owner = &room;
    }
    if (!owner && reported_.insert(header).second)
      found_.push_back("duramen/" + header + ".h belongs to no room: name it in docs/architecture.md");
    return owner;
  }

  // `room` is null for an app.
  void checkFile(const fs::path& file, const Room* room) {
    std::ifstream in{file};
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      std::string_view text = trimmed(line);
      if (!text.starts_with("#include \"")) continue;
      text.remove_prefix(std::string_view{"#include \""}.size());
      const std::string included{text.substr(0, text.find('"'))};
      if (const std::string fault = faultOf(included, room); !fault.empty())
        found_.push_back(fs::relative(file, tree_).string() + ":" + std::to_string(number) + ": " + fault);
    }
  }

  std::string faultOf(const std::string& included, const Room* room) {
    const auto slash = included.find('/');
    if (slash == std::string::npos) return {};  // beside the file itself
    const std::string folder = included.substr(0, slash);
    if (folder == "duramen") {
      if (!room) return {};
      const Room* owner = ownerOf(included.substr(slash + 1, included.rfind(".h") - slash - 1));
      return owner ? refusal(*room, *owner, included) : std::string{};
    }
    const Room* other = roomNamed(folder);
    if (!other) return {};
    if (!room) return "an app may include public headers only, not " + included;
    return refusal(*room, *other, included);
  }

  static std::string refusal(const Room& room, const Room& other, const std::string& included) {
    if (room.name == other.name || room.includes.contains(other.name)) return {};
    return room.name + " may not include " + included + " (" + other.name + ")";
  }

  const fs::path& tree_;
  const std::vector<Room>& rooms_;
  std::vector<std::string> found_;
  std::set<std::string> reported_;
};

}  // namespace

std::expected<std::vector<Room>, std::string> readRooms(std::string_view markdown) {
  std::vector<Room> rooms;
  std::set<std::string> above;
  for (const auto line : std::views::split(markdown, '\n')) {
    const auto row = cells(std::string_view{line});
    if (row.size() != 4) continue;
    const auto name = quoted(row[0]);
    if (name.size() != 1) continue;
    Room room{.name = name[0], .includes = {}, .headers = quoted(row[3])};
    if (row[2] == "all above") {
      room.includes = above;
    } else {
      for (std::string& each : quoted(row[2])) {
        if (!above.contains(each)) return std::unexpected(room.name + " includes " + each + ", which is not above it");
        room.includes.insert(std::move(each));
      }
    }
    if (!above.insert(room.name).second) return std::unexpected(room.name + " is there twice");
    rooms.push_back(std::move(room));
  }
  if (rooms.empty()) return std::unexpected("no table of rooms");
  return rooms;
}

std::vector<std::string> violations(const fs::path& tree, const std::vector<Room>& rooms) {
  return Checker{tree, rooms}.run();
}

}  // namespace duramen::layers
