#include "flight/reply_parts.h"

#include <charconv>
#include <optional>

#include "flight/shown.h"

namespace duramen::flight {
namespace {

// A decimal number without leading zeros, in full.
std::optional<std::uint32_t> numberOf(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number;
}

template <class Map>
const auto& foundIn(const Map& map, std::uint32_t id) {
  static const typename Map::mapped_type none{};
  const auto at = map.find(id);
  return at == map.end() ? none : at->second;
}

}  // namespace

std::expected<ReplyParts, std::string> ReplyParts::of(const std::vector<Part>& parts) {
  ReplyParts sorted;
  for (const Part& part : parts) {
    const std::string_view name = part.name;
    const auto wrong = [&](const std::string& why) {
      return std::unexpected("part " + shown(part.name, "(a name of other characters)") + ": " + why);
    };
    if (name.starts_with('_')) {
      const std::size_t end = name.find('_', 1);
      const auto id = numberOf(name.substr(1, end - 1));
      if (end == name.npos || !id) return wrong("expected a number between underscores");
      sorted.fields_[*id].push_back({name.substr(end + 1), &part});
    } else if (name.starts_with('S')) {
      const auto id = numberOf(name.substr(1));
      if (!id) return wrong("expected the number of a stream");
      sorted.pieces_[*id].push_back(&part);
    } else {
      const auto id = numberOf(name);
      if (!id) return wrong("no name that encodeReply gives");
      if (!sorted.values_.emplace(*id, &part).second)
        return wrong("is there twice, like a stream " + std::string(olderStreams));
    }
  }
  return sorted;
}

const Part* ReplyParts::value(std::uint32_t id) const { return foundIn(values_, id); }
const std::vector<ReplyParts::Field>& ReplyParts::fields(std::uint32_t id) const { return foundIn(fields_, id); }
const std::vector<const Part*>& ReplyParts::pieces(std::uint32_t id) const { return foundIn(pieces_, id); }

}  // namespace duramen::flight
