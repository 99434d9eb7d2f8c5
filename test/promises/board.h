#pragma once
// A small app for the tests of what the realtime layer promises: boards of text, a part for admins only, and pages that
// are slow, broken or private.

#include <memory>
#include <optional>
#include <string>

#include "duramen.h"
#include "duramen/testing.h"

namespace duramen::board {

namespace html = duramen::html;

struct BoardKey : Key<BoardKey> {
  using Key::Key;
};

class Board : public DurableObject {
 public:
  using DurableObject::DurableObject;
  std::string text() const { return storage().get<std::string>("text").value_or("empty"); }
  void write(std::string text) { storage().put("text", text); }
};

enum class Role { guest, admin };
struct Session {
  Role role = Role::guest;
  std::string name;
};

// What a test holds back, and lets go.
struct Gate {
  bool open = true;
  std::vector<std::coroutine_handle<>> waiting;
  void release() {
    open = true;
    for (const auto handle : std::exchange(waiting, {})) handle.resume();
  }
  bool await_ready() const { return open; }
  void await_suspend(std::coroutine_handle<> handle) { waiting.push_back(handle); }
  void await_resume() const {}
};

struct Control {
  Gate pages, actions;
  bool pageThrows = false;
  bool adminsMayLook = true;
  int actionsRun = 0;
};

struct Env {
  Control& control;
  Namespace<Board> boards{"boards"};
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using Context = duramen::Context<Env, Session>;

inline constexpr Path<"/board/:key", BoardKey> boardPath;
inline constexpr Path<"/roles"> rolesPath;      // reads the role
inline constexpr Path<"/private"> privatePath;  // reads all of the session
inline constexpr Path<"/admin"> adminPath;      // guarded

// Holds the board's actions, for the tests to call.
struct Controls {
  static constexpr ClientModule module{"/client/Controls.tsx", "Controls"};
  ActionRef<std::string(std::string)> write;
  ActionRef<void()> wipe;
};

App<Context> boardApp();

// A client with this role and name, as a cookie would have it.
TestClient as(Role role, std::string name = "somebody", std::string key = {});

}  // namespace duramen::board
