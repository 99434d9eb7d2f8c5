// The list of notes, over as many objects as it takes.

#include <algorithm>
#include <ctime>

#include "notes.h"

namespace notes {
namespace {

constexpr std::string_view entryPrefix = "note/", rangePrefix = "range/";

// What is stored of an entry, under its key.
struct StoredEntry {
  std::string firstLine;
  std::int64_t revision;
  std::int64_t time;
};

std::string nameOf(std::string_view key) { return std::string(entryPrefix) += key; }

Entry entryOf(const duramen::Storage& storage, std::string_view name) {
  auto stored = *storage.get<StoredEntry>(name);
  return {NoteKey{std::string(name.substr(entryPrefix.size()))}, std::move(stored.firstLine), stored.revision,
          stored.time};
}

void store(duramen::Storage& storage, const Entry& entry) {
  storage.put(nameOf(entry.key.view()), StoredEntry{entry.firstLine, entry.revision, entry.time});
}

// The object of the range that begins here.
std::string objectOf(const std::string& begin) { return begin.empty() ? "all" : "from/" + begin; }

}  // namespace

std::string NoteList::rangeOf(NoteKey key) const {
  const std::vector<std::string> ranges = storage().list(rangePrefix);
  const auto after = std::ranges::upper_bound(ranges, std::string(rangePrefix) += key.view());
  return after == ranges.begin() ? "" : std::prev(after)->substr(rangePrefix.size());
}

void NoteList::learn(std::string begin) { storage().put(std::string(rangePrefix) += begin, true); }

NoteList::Found NoteList::find(NoteKey key) const {
  if (const std::string next = end(); !next.empty() && key.view() >= next) return {.next = next, .firstLine = {}};
  const auto stored = storage().get<StoredEntry>(nameOf(key.view()));
  return {.next = {}, .firstLine = stored ? std::optional{stored->firstLine} : std::nullopt};
}

Task<NoteList::Found> NoteList::put(Entry entry) {
  if (storage().list(entryPrefix).size() >= mostEntries) co_await split();
  Found found = find(entry.key);
  if (!found.next.empty()) co_return found;
  // Of two saves that come here in the other order, the later revision stays.
  const auto stored = storage().get<StoredEntry>(nameOf(entry.key.view()));
  if (!stored || stored->revision <= entry.revision) store(storage(), entry);
  co_return found;
}

// The upper half is stored there before it goes from here: a program that ends in between leaves what is here.
Task<void> NoteList::split() {
  const std::vector<std::string> names = storage().list(entryPrefix);
  const std::string begin = names[names.size() / 2].substr(entryPrefix.size());
  std::vector<Entry> upper;
  for (std::size_t i = names.size() / 2; i < names.size(); ++i) upper.push_back(entryOf(storage(), names[i]));
  co_await env_.lists.at(objectOf(begin)).call<&NoteList::take>(std::move(upper), end());
  storage().put("end", begin);
  for (std::size_t i = names.size() / 2; i < names.size(); ++i) storage().erase(names[i]);
  if (key() == objectOf("")) {
    learn(begin);
    co_return;
  }
  co_await env_.lists.at(objectOf("")).call<&NoteList::learn>(begin);
}

void NoteList::take(std::vector<Entry> entries, std::string end) {
  storage().deleteAll();
  for (const Entry& entry : entries) store(storage(), entry);
  if (!end.empty()) storage().put("end", end);
}

NoteList::Page NoteList::page(std::string from, std::int64_t most) const {
  Page page{.entries = {}, .end = end()};
  const std::vector<std::string> names = storage().list(entryPrefix);
  for (auto at = std::ranges::lower_bound(names, nameOf(from)); at != names.end() && most > 0; ++at, --most)
    page.entries.push_back(entryOf(storage(), *at));
  return page;
}

std::vector<Entry> RecentNotes::latest() const {
  std::vector<Entry> entries;
  for (const std::string& name : storage().list(entryPrefix)) entries.push_back(entryOf(storage(), name));
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair{-entry.time, entry.key.view()}; });
  return entries;
}

void RecentNotes::put(Entry entry) {
  const auto stored = storage().get<StoredEntry>(nameOf(entry.key.view()));
  if (stored && stored->revision > entry.revision) return;
  store(storage(), entry);
  const std::vector<Entry> entries = latest();
  for (std::size_t i = mostEntries; i < entries.size(); ++i) storage().erase(nameOf(entries[i].key.view()));
}

Task<bool> listNote(Context& ctx, NoteKey key, std::string firstLine, std::int64_t revision) {
  const Entry entry{key, std::move(firstLine), revision, std::time(nullptr)};
  std::string range = co_await ctx.env.lists.at(objectOf("")).call<&NoteList::rangeOf>(key);
  for (;;) {
    NoteList::Found found = co_await ctx.env.lists.at(objectOf(range)).call<&NoteList::find>(key);
    if (found.next.empty()) {
      if (found.firstLine == entry.firstLine) co_return false;
      co_await ctx.env.recent.at("all").call<&RecentNotes::put>(entry);
      found = co_await ctx.env.lists.at(objectOf(range)).call<&NoteList::put>(entry);
      if (found.next.empty()) co_return true;
    }
    range = found.next;
  }
}

Task<std::vector<Entry>> latestNotes(Context& ctx) {
  auto latest = co_await ctx.env.recent.at("all").call<&RecentNotes::latest>();
  if (!latest.empty()) co_return latest;
  // An older version kept the list only.
  auto page = co_await allNotes(ctx, "", RecentNotes::mostEntries);
  co_return std::move(page.entries);
}

Task<NoteList::Page> allNotes(Context& ctx, std::string from, std::size_t most) {
  NoteList::Page all;
  std::string range = co_await ctx.env.lists.at(objectOf("")).call<&NoteList::rangeOf>(NoteKey{from});
  for (;;) {
    // One more than is asked for: it is where to go on.
    const auto left = static_cast<std::int64_t>(most + 1 - all.entries.size());
    NoteList::Page page = co_await ctx.env.lists.at(objectOf(range)).call<&NoteList::page>(from, left);
    std::ranges::move(page.entries, std::back_inserter(all.entries));
    range = page.end;
    if (all.entries.size() > most || range.empty()) break;
  }
  if (all.entries.size() > most) {
    all.end = all.entries.back().key.view();
    all.entries.pop_back();
  }
  co_return all;
}

}  // namespace notes
