#pragma once
// The correct program around each case: a case breaks one promise, and the compiler must say so in our sentence.

#include <string>
#include <utility>
#include <vector>

#include "duramen/app.h"
#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/object.h"
#include "duramen/path.h"
#include "duramen/realtime.h"

using duramen::Node, duramen::Task, duramen::Verdict;
namespace html = duramen::html;

struct NoteKey : duramen::Key<NoteKey> {
  using Key::Key;
};

enum class Role { guest, admin };
struct Session {
  Role role = Role::guest;
  std::string name;
};

// Crosses no wire: it has a constructor and hides its member.
class Opaque {
 public:
  explicit Opaque(int value) : value_(value) {}
  int value() const { return value_; }

 private:
  int value_;
};

class Note : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  std::string content() const { return storage().get<std::string>("content").value_or(""); }
  void save(std::string content) { storage().put("content", std::move(content)); }
  void rename(const std::string& name) { storage().put("name", name); }
  Opaque opaque() const { return Opaque{1}; }
  const std::string& title() const { return title_; }
  void draw(Opaque) {}
  int size() const { return 1; }
  int size() { return 2; }

 private:
  std::string title_;
};

class Other : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  int count() const { return 1; }
};

struct Env {
  duramen::Namespace<Note> notes{"notes"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
using Context = duramen::Context<Env>;
using SessionContext = duramen::Context<Env, Session>;

inline constexpr duramen::Path<"/"> homePath;
inline constexpr duramen::Path<"/note/:key", NoteKey> notePath;

inline Task<void> saveNote(Context& ctx, NoteKey key, std::string content) {
  co_await ctx.env.notes.at(key).call<&Note::save>(std::move(content));
}
inline constexpr duramen::Action<"saveNote", saveNote> saveNoteAction;

struct Editor {
  static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Editor"};
  NoteKey noteKey;
  std::string content;
  duramen::ActionRef<void(std::string)> save;
};

inline Task<Node> homePage(Context&) { co_return html::main("home"); }
inline Task<Node> notePage(Context&, NoteKey) { co_return html::main("note"); }
inline Node document(Node page) { return html::html(html::body(std::move(page))); }
inline Verdict nobody(Context&) { return Verdict::refuse("nobody"); }

inline const NoteKey key{"k"};
inline const bool admin = true;
