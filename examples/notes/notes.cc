#include "notes.h"

#include <algorithm>

#include "notes_client.h"

namespace notes {
namespace {

// The first line that says something, cut to what fits a heading.
std::string firstLineOf(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text = text.substr(start, text.find_first_of("\r\n", start) - start);
  return std::string(duramen::truncated(text, 120));
}

Node missingPage(Context&) {
  return html::main.className("home")(html::title("Not found"), html::h1("Not found"),
                                      html::p("There is no such page. ", html::a.href(homePath())("All notes")));
}

Node document(Node page) {
  return html::html.lang("en")(html::head(html::meta.charSet("utf-8"),
                                          html::meta.name("viewport").content("width=device-width, initial-scale=1"),
                                          html::link.rel("icon").href("data:,")),
                               html::body(std::move(page)));
}

constexpr std::size_t shownOfAll = 200;

}  // namespace

// What client/Editor.tsx renders first.
Node Editor::html(const Editor& editor) {
  return duramen::fragment(html::textarea.className("editor")
                               .aria("label", "Note")
                               .placeholder("Write something…")
                               .autoComplete("off")
                               .defaultValue(editor.text.content),
                           html::p.className("state").data("state", "saved").role("status")("Saved"));
}

// begin notes
// Create or change a note: merged into what others saved since `base`, or in place of it.
static Task<duramen::Revision> saveNote(Context& ctx, NoteKey key, std::string content,
                                        std::optional<duramen::Base> base) {
  if (key.view().size() > 100 || !duramen::isSegment(key.view()))
    throw duramen::ActionError("a note's key has 1 to 100 bytes, and a link can name it");

  duramen::Revision saved = co_await ctx.env.notes.at(key).call<&Note::save>(std::move(content), std::move(base));

  // The list follows. Should the program end between the two, the note's next save mends it.
  if (co_await listNote(ctx, key, firstLineOf(saved.content), saved.number))
    duramen::renderRealtimeClients(ctx.env.realtime, homePath());
  co_return saved;
}
constexpr duramen::Action<"saveNote", saveNote> saveNoteAction;

static Node listOf(const std::vector<Entry>& entries) {
  std::vector<Node> items;
  for (const Entry& entry : entries)
    items.push_back(html::li.key(entry.key)(html::a.href(notePath(entry.key))(
        html::span.className("title")(entry.firstLine.empty() ? "Empty note" : entry.firstLine),
        html::span.className("key")(entry.key))));
  if (items.empty()) return html::p.className("empty")("No notes yet. Write the first one.");
  return html::ul.className("notes")(items);
}

static Task<Node> homePage(Context& ctx) {
  const auto entries = co_await latestNotes(ctx);
  co_return html::main.className("home")(html::title("Notes"),
                                         html::header(html::h1("Notes"), NewNote{.label = "New note"}), listOf(entries),
                                         html::p.className("more")(html::a.href(allPath())("All notes, by key")));
}

static Task<Node> allFromPage(Context& ctx, NoteKey from) {
  const auto page = co_await allNotes(ctx, std::string(from.view()), shownOfAll);
  co_return html::main.className("home")(
      html::title("All notes"), html::header(html::h1("All notes"), html::a.href(homePath())("Notes")),
      listOf(page.entries),
      page.end.empty() ? Node{nullptr}
                       : html::p.className("more")(html::a.href(allFromPath(NoteKey{page.end}))("More")));
}
static Task<Node> allPage(Context& ctx) { return allFromPage(ctx, NoteKey{""}); }

static Task<Node> notePage(Context& ctx, NoteKey key) {
  duramen::Revision text = co_await ctx.env.notes.at(key).call<&Note::text>();
  const int readers = co_await ctx.env.realtime.at(notePath(key)).call<&duramen::RealtimeDurableObject::readers>();
  std::string title = firstLineOf(text.content);
  if (title.empty()) title = key.view();
  co_return html::main.className("note")(
      html::title(title),
      html::header(html::a.href(homePath())("Notes"), html::h1(title),
                   html::p.className("readers")(std::max(readers, 1), " here")),
      duramen::keyed(key, Editor{.noteKey = key, .text = std::move(text), .save = saveNoteAction.bind(key)}));
}

duramen::App<Context> notesApp() {
  return duramen::defineApp<Context>(
      duramen::realtimeRoute(&Env::realtime), duramen::client<Editor, NewNote>(notesClient),
      duramen::actions(saveNoteAction),
      duramen::render(document, duramen::route(homePath, homePage), duramen::route(notePath, notePage),
                      duramen::route(allPath, allPage), duramen::route(allFromPath, allFromPage)),
      duramen::notFound(missingPage));
}
// end notes

}  // namespace notes
