#pragma once
// Collaborative notes: a page per note, live for everyone who looks at it, and a list of all.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "duramen.h"

namespace notes {

using duramen::Node, duramen::Task;
namespace html = duramen::html;

// begin types
struct NoteKey : duramen::Key<NoteKey> {
  using Key::Key;
};

// Each path is a link, a route and a realtime key.
inline constexpr duramen::Path<"/"> homePath;
inline constexpr duramen::Path<"/note/:key", NoteKey> notePath;
inline constexpr duramen::Path<"/all"> allPath;
inline constexpr duramen::Path<"/all/:from", NoteKey> allFromPath;

// One per note, one event at a time.
class Note : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  duramen::Revision text() const { return text_.latest(); }
  duramen::Revision save(std::string content, std::optional<duramen::Base> base) {
    return text_.save(std::move(content), std::move(base));
  }

 private:
  duramen::MergedText text_{storage(), "text"};
};
// end types

struct Env;

struct Entry {
  NoteKey key;
  std::string firstLine;
  std::int64_t revision;  // of the note, when its first line came to be this
  std::int64_t time;      // and when that was, in seconds since 1970
};

// The notes that there are, in order of their keys, each object with a range of them: one object holds a limited
// number, many hold any. A range that is full gives its upper half to a new object, and remembers where that begins.
// The first range, "all", knows where the others begin, so that a key's range is found at once.
class NoteList : public duramen::DurableObject {
 public:
  static constexpr std::size_t mostEntries = 500;
  NoteList(duramen::ObjectState& state, Env& env) : DurableObject(state), env_(env) {}

  // Where the range begins that had this key when the first range last heard of it; empty: the first one.
  std::string rangeOf(NoteKey key) const;
  void learn(std::string begin);

  struct Found {
    std::string next;  // not empty: the key belongs to the range that begins here, or to one behind it
    std::optional<std::string> firstLine;
  };
  Found find(NoteKey key) const;
  Task<Found> put(Entry entry);
  // Takes over the entries of a range that was too long, up to `end`.
  void take(std::vector<Entry> entries, std::string end);

  struct Page {
    std::vector<Entry> entries;
    std::string end;  // where the next range begins; empty: there is none
  };
  Page page(std::string from, std::int64_t most) const;

 private:
  std::string end() const { return storage().get<std::string>("end").value_or(""); }
  Task<void> split();

  Env& env_;
};

// The only one of its kind: the notes whose first lines changed last, newest first.
class RecentNotes : public duramen::DurableObject {
 public:
  static constexpr std::size_t mostEntries = 200;
  using DurableObject::DurableObject;
  std::vector<Entry> latest() const;
  void put(Entry entry);
};

struct Env {
  duramen::Namespace<Note> notes{"notes"};
  duramen::Namespace<NoteList> lists{"lists"};
  duramen::Namespace<RecentNotes> recent{"recent"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
using Context = duramen::Context<Env>;

// Enters a note's first line; whether it has changed.
Task<bool> listNote(Context& ctx, NoteKey key, std::string firstLine, std::int64_t revision);
Task<std::vector<Entry>> latestNotes(Context& ctx);
// From this key on, at most so many; `end` is where to go on.
Task<NoteList::Page> allNotes(Context& ctx, std::string from, std::size_t most);

// React components of the browser: their members are their props.
struct Editor {
  static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Editor"};
  NoteKey noteKey;
  duramen::Revision text;
  duramen::ActionRef<duramen::Revision(std::string, std::optional<duramen::Base>)> save;
  static Node html(const Editor& editor);  // its first render, so that the text is there before any script
};
struct NewNote {
  static constexpr duramen::ClientModule module{"/client/NewNote.tsx", "NewNote"};
  std::string label;
};

duramen::App<Context> notesApp();

}  // namespace notes
