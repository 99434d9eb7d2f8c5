#pragma once
// A small app for the tests of what the realtime layer promises: boards of text, a part for admins only, and pages that
// are slow, broken or private.

#include <map>
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
  struct Held {
    Gate& gate;
    std::coroutine_handle<> handle = nullptr;
    explicit Held(Gate& at) : gate(at) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { std::erase(gate.waiting, handle); }  // a task that is dropped waits no more
    bool await_ready() const { return gate.open; }
    void await_suspend(std::coroutine_handle<> waiter) { gate.waiting.push_back(handle = waiter); }
    void await_resume() const {}
  };
  Held operator co_await() { return Held{*this}; }
};

// Whoever has a cookie `token` is who the store says; others are who their cookies `role` and `name` say.
struct Sessions {
  std::map<std::string, Session> store;
  Gate gate;           // of those with a token: between the look at the store and the answer
  bool fails = false;  // likewise
  int worksFirst = 0;  // so many times, before it fails
  bool asksMore = false;
  int runs = 0;
};

struct Control {
  Gate pages, actions;
  Sessions sessions;
  bool mayJoin = true;
  bool mayJoinThrows = false;
  int joinsDecided = 0;
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
inline constexpr Path<"/hello"> helloPath;      // reads the name, and the board "hello"

inline constexpr Path<"/later"> laterPath;  // a part of it waits

// Holds the board's actions, for the tests to call.
struct Controls {
  static constexpr ClientModule module{"/client/Controls.tsx", "Controls"};
  ActionRef<std::string(std::string)> write;
  ActionRef<void()> wipe;
};

App<Context> boardApp();

// A client whose cookie names a session of the store.
TestClient signedIn(std::string token, std::string key = {});

// A client with this role and name, as a cookie would have it.
TestClient as(Role role, std::string name = "somebody", std::string key = {});

}  // namespace duramen::board
