#pragma once
// Who may see a page: a login form that works with and without scripts, a cookie that names a session kept on the
// server, a guard that sends strangers to the form, and a logout that every open tab hears of.

#include <optional>
#include <string>

#include "duramen.h"

namespace login {

using duramen::Node, duramen::Task;
namespace html = duramen::html;

// What a cookie says. It is random, so that nobody makes one up.
struct SessionToken : duramen::Key<SessionToken> {
  using Key::Key;
};

// Kept under its token, until the logout.
class StoredSession : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  std::optional<std::string> user() const { return storage().get<std::string>("user"); }
  void open(std::string user) { storage().put("user", user); }
  void close() { storage().erase("user"); }
};

struct Env {
  duramen::Namespace<StoredSession> sessions{"sessions"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
struct Session {
  std::optional<std::string> user;
  std::string token;
};
using Context = duramen::Context<Env, Session>;

inline constexpr duramen::Path<"/"> homePath;
inline constexpr duramen::Path<"/login"> loginPath;

duramen::App<Context> loginApp();

}  // namespace login
