#include "testing/cookie_jar.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace duramen::test {
namespace {

// Gives each part of "a=1; b=2": its name and its value.
template <class Use>
void forEachPart(std::string_view text, Use&& use) {
  while (!text.empty()) {
    std::string_view value = takeUntil(text, ';');
    const std::string_view name = takeUntil(value, '=');
    use(trimmedBlanks(name), trimmedBlanks(value));
  }
}

// RFC 6265 §5.1.4
bool covers(std::string_view cookiePath, std::string_view path) {
  if (!path.starts_with(cookiePath)) return false;
  return path.size() == cookiePath.size() || cookiePath.ends_with('/') || path[cookiePath.size()] == '/';
}

}  // namespace

CookieJar::CookieJar(Headers& headers) {
  for (const auto& [name, value] : headers)
    if (equalIgnoringCase(name, "Cookie"))
      forEachPart(value, [&](std::string_view cookie, std::string_view text) {
        kept_.push_back({std::string(cookie), std::string(text), "/", std::nullopt});
      });
  std::erase_if(headers, [](const auto& header) { return equalIgnoringCase(header.first, "Cookie"); });
}

void CookieJar::take(const Headers& answer, loop::TimePoint now) {
  for (const auto& [name, value] : answer)
    if (equalIgnoringCase(name, "Set-Cookie")) set(value, now);
}

void CookieJar::set(std::string_view cookie, loop::TimePoint now) {
  Kept made{{}, {}, "/", std::nullopt};
  bool isFirst = true;
  forEachPart(cookie, [&](std::string_view name, std::string_view value) {
    if (std::exchange(isFirst, false)) {
      made.name = name;
      made.value = value;
    } else if (equalIgnoringCase(name, "Path")) {
      made.path = value;
    } else if (equalIgnoringCase(name, "Max-Age")) {
      std::int64_t seconds = 0;
      std::from_chars(value.data(), value.data() + value.size(), seconds);
      made.until = now + std::chrono::seconds{seconds};
    }
  });
  std::erase_if(kept_, [&](const Kept& each) { return each.name == made.name && each.path == made.path; });
  kept_.push_back(std::move(made));
}

std::string CookieJar::header(std::string_view path, loop::TimePoint now) const {
  std::string header;
  for (const Kept& each : kept_) {
    if (!covers(each.path, path) || (each.until && *each.until <= now)) continue;
    if (!header.empty()) header += "; ";
    header += each.name + "=" + each.value;
  }
  return header;
}

}  // namespace duramen::test
