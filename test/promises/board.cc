#include "board.h"

namespace duramen::board {
namespace {

Task<Session> sessionOf(const SessionRequest& request, Env& env) {
  Sessions& sessions = env.control.sessions;
  ++sessions.runs;
  Session session{request.cookie("role") == "admin" ? Role::admin : Role::guest, std::string(request.cookie("name"))};
  const std::string token{request.cookie("token")};
  if (token.empty()) co_return session;
  if (const auto at = sessions.store.find(token); at != sessions.store.end()) session = at->second;
  co_await sessions.gate;
  if (sessions.fails && sessions.worksFirst-- <= 0) throw std::runtime_error("the store is down");
  if (sessions.asksMore && request.header("Authorization") == "Bearer ann") session.name = "Ann by header";
  co_return session;
}

Verdict adminsOnly(Context& ctx) {
  if (!ctx.env.control.adminsMayLook) return Verdict::refuse("closed");
  return ctx.read(&Session::role) == Role::admin ? Verdict::allow() : Verdict::refuse("admins only");
}

Verdict mayJoin(const Session& who, std::string_view key, Env& env) {
  ++env.control.joinsDecided;
  if (env.control.mayJoinThrows) throw std::runtime_error("the list of members is down");
  if (!env.control.mayJoin) return Verdict::refuse("closed");
  return key.starts_with("secret") && who.role != Role::admin ? Verdict::refuse("admins only") : Verdict::allow();
}

Task<std::string> write(Context& ctx, BoardKey key, std::string text) {
  ++ctx.env.control.actionsRun;
  co_await ctx.env.control.actions;
  if (text == "fail") throw std::runtime_error("a secret of the program's");
  if (text == "mistake") throw ActionError("that text is not allowed");
  co_await ctx.env.boards.at(key).call<&Board::write>(text);
  co_return text;
}
constexpr Action<"write", write> writeAction;

Task<void> wipe(Context& ctx, Sealed<BoardKey> key) {
  co_await ctx.env.boards.at(*key).call<&Board::write>(std::string{"wiped"});
}
constexpr Action<"wipe", wipe> wipeAction;

Task<void> signOut(Context& ctx, std::string name) {
  std::erase_if(ctx.env.control.sessions.store, [&](const auto& entry) { return entry.second.name == name; });
  co_await ctx.revoke(&Session::name, name);
}
constexpr Action<"signOut", signOut> signOutAction;

Task<Node> helloPage(Context& ctx) {
  const std::string text = co_await ctx.env.boards.at("hello").call<&Board::text>();
  co_await ctx.env.control.pages;
  const std::string& name = ctx.read(&Session::name);
  co_return html::main(
      html::p("Hello, ", name.empty() ? "nobody" : name, ": ", text),
      Controls{.write = writeAction.bind(BoardKey{"hello"}), .wipe = wipeAction.bind(BoardKey{"hello"})});
}

Task<Node> laterPart(Context& ctx) {
  co_await ctx.env.control.pages;
  co_return html::p("for ", ctx.read(&Session::name));
}
Node laterPage(Context& ctx) { return html::main(Suspense{.fallback = html::p("wait")}(laterPart(ctx))); }

Task<Node> boardPage(Context& ctx, BoardKey key) {
  const std::string text = co_await ctx.env.boards.at(key).call<&Board::text>();
  co_await ctx.env.control.pages;
  if (ctx.env.control.pageThrows) throw std::runtime_error("the page is broken");
  co_return html::main(html::p(text), Controls{.write = writeAction.bind(key), .wipe = wipeAction.bind(key)});
}

Task<Node> rolesPage(Context& ctx) {
  const std::string text = co_await ctx.env.boards.at("roles").call<&Board::text>();
  const bool admin = ctx.read(&Session::role) == Role::admin;
  co_return html::main(
      html::p(admin ? "for admins: " : "for guests: ", text),
      Controls{.write = writeAction.bind(BoardKey{"roles"}), .wipe = wipeAction.bind(BoardKey{"roles"})});
}

Node privatePage(Context& ctx) { return html::main(html::p("private to ", ctx.session().name)); }
Node adminPage(Context&) { return html::main(html::p("the keys of the house")); }
Node brokenPage(Context&) { return html::main(html::p("broken")); }
Node document(Node page) { return html::html(html::head(html::title("Board")), html::body(std::move(page))); }

constexpr ClientModuleUrl modules[] = {{"/client/Controls.tsx", "/assets/Controls-TEST.js"}};
constexpr ClientBundle bundle{{}, modules, {}};

}  // namespace

App<Context> boardApp() {
  return defineApp<Context>(session(sessionOf), realtimeRoute(&Env::realtime, mayJoin), client(bundle),
                            actions(writeAction, signOutAction, guarded(adminsOnly, wipeAction)),
                            render(document, route(boardPath, boardPage), route(rolesPath, rolesPage),
                                   route(privatePath, privatePage), route(helloPath, helloPage),
                                   route(laterPath, laterPage), guarded(adminsOnly, route(adminPath, adminPage))),
                            failed(brokenPage));
}

TestClient signedIn(std::string token, std::string key) {
  TestClient client;
  client.headers = {{"Cookie", "token=" + std::move(token)}};
  client.key = std::move(key);
  return client;
}

TestClient as(Role role, std::string name, std::string key) {
  TestClient client;
  client.headers = {{"Cookie", std::string("role=") + (role == Role::admin ? "admin" : "guest") + "; name=" + name}};
  client.key = std::move(key);
  return client;
}

}  // namespace duramen::board
