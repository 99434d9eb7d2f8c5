#include "server/conditional.h"

#include "base/ascii.h"
#include "server/header_list.h"
#include "server/http_date.h"

namespace duramen::server {
namespace {

using std::chrono::sys_seconds;

enum class Comparison : std::uint8_t { strong, weak };

struct EntityTag {
  std::string_view opaque;  // with its quotes
  bool isWeak = false;
};

// RFC 9110 §8.8.3. A comma may stand within the quotes.
std::optional<EntityTag> takeEntityTag(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
  EntityTag tag{.opaque = {}, .isWeak = list.starts_with("W/")};
  if (tag.isWeak) list.remove_prefix(2);
  if (!list.starts_with('"')) return std::nullopt;
  const std::size_t end = list.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  tag.opaque = list.substr(0, end + 1);
  list.remove_prefix(end + 1);
  const std::string_view after = list.substr(std::min(list.find_first_not_of(" \t"), list.size()));
  if (!after.empty() && after.front() != ',') return std::nullopt;
  return tag;
}

// What follows a tag that is none is not read.
bool lists(std::string_view header, const Validators& file, Comparison comparison) {
  if (trimmedBlanks(header) == "*") return true;
  while (!header.empty()) {
    const auto tag = takeEntityTag(header);
    if (!tag) return false;
    if (tag->opaque == file.etag && (comparison == Comparison::weak || !tag->isWeak)) return true;
  }
  return false;
}

// Whether the file has changed after the date of this header; nothing if that cannot be told.
std::optional<bool> changedSince(const Request& request, std::string_view name, const Validators& file,
                                 sys_seconds now) {
  if (!file.lastModified) return std::nullopt;
  const auto date = parseHttpDate(trimmedBlanks(request.header(name)), now);
  if (!date) return std::nullopt;
  return *file.lastModified > *date;
}

}  // namespace

Precondition preconditionOf(const Request& request, const Validators& file, sys_seconds now) {
  if (const auto match = joinedHeader(request, "If-Match")) {
    if (!lists(*match, file, Comparison::strong)) return Precondition::failed;
  } else if (changedSince(request, "If-Unmodified-Since", file, now).value_or(false)) {
    return Precondition::failed;
  }
  if (const auto match = joinedHeader(request, "If-None-Match")) {
    if (lists(*match, file, Comparison::weak)) return Precondition::notModified;
  } else if (!changedSince(request, "If-Modified-Since", file, now).value_or(true)) {
    return Precondition::notModified;
  }
  return Precondition::holds;
}

bool rangeApplies(const Request& request, const Validators& file, sys_seconds now) {
  const auto header = joinedHeader(request, "If-Range");
  if (!header) return true;
  const std::string_view text = trimmedBlanks(*header);
  if (text.starts_with('"') || text.starts_with("W/")) return text == file.etag;
  const auto date = parseHttpDate(text, now);
  return date && file.lastModified == date && now - *date > std::chrono::seconds{1};
}

}  // namespace duramen::server
