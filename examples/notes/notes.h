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

struct Entry {
  NoteKey key;
  std::string firstLine;
  std::int64_t revision;  // of the note, when its first line came to be this
  std::int64_t time;      // and when that was, in seconds since 1970
};

// The only one of its kind: the notes that there are.
class NoteList : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  std::vector<Entry> latest() const;  // the most recent ones, newest first
  std::optional<std::string> firstLine(NoteKey key) const;
  void put(NoteKey key, std::string firstLine, std::int64_t revision);
};

struct Env {
  duramen::Namespace<Note> notes{"notes"};
  duramen::Namespace<NoteList> lists{"lists"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
using Context = duramen::Context<Env>;

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
