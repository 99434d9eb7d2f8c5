#include "board.h"

namespace duramen::board {
namespace {

Session sessionOf(const Request& request, Env&) {
  return {request.cookie("role") == "admin" ? Role::admin : Role::guest, std::string(request.cookie("name"))};
}

Verdict adminsOnly(Context& ctx) {
  if (!ctx.env.control.adminsMayLook) return Verdict::refuse("closed");
  return ctx.read(&Session::role) == Role::admin ? Verdict::allow() : Verdict::refuse("admins only");
}

Verdict mayJoin(const Session& who, std::string_view key, Env&) {
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
                            actions(writeAction, guarded(adminsOnly, wipeAction)),
                            render(document, route(boardPath, boardPage), route(rolesPath, rolesPage),
                                   route(privatePath, privatePage), guarded(adminsOnly, route(adminPath, adminPage))),
                            failed(brokenPage));
}

TestClient as(Role role, std::string name, std::string key) {
  TestClient client;
  client.headers = {{"Cookie", std::string("role=") + (role == Role::admin ? "admin" : "guest") + "; name=" + name}};
  client.key = std::move(key);
  return client;
}

}  // namespace duramen::board
