// An app whose pages load RedwoodSDK's own client instead of the library's: test/browser/stock.test.mjs bundles that
// client, unmodified, and names the file in STOCK_ENTRY.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "duramen.h"

namespace stock {
namespace {

using duramen::ActionRef, duramen::Node, duramen::Task;
namespace html = duramen::html;

constexpr duramen::Path<"/"> homePath;
constexpr duramen::Path<"/other"> otherPath;

class Board : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  std::vector<std::string> words() const {
    return storage().get<std::vector<std::string>>("words").value_or(std::vector<std::string>{});
  }
  void add(std::string word) {
    std::vector<std::string> all = words();
    all.push_back(std::move(word));
    storage().put("words", all);
  }
};

struct Env {
  duramen::Namespace<Board> boards{"boards"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
};
using Context = duramen::Context<Env>;

// The component of the browser: stock.tsx finds it by this id and name.
struct Adder {
  static constexpr duramen::ClientModule module{"/client/Adder.tsx", "Adder"};
  std::int64_t count;
  ActionRef<std::string(std::string)> add;
  ActionRef<void()> leave;
  Node children;
};

Task<std::string> add(Context& ctx, std::string board, std::string word) {
  if (word == "refused") throw duramen::ActionError("nobody says that");
  co_await ctx.env.boards.at(board).call<&Board::add>(word);
  // For those who look at the other page, or hear of a call by POST.
  duramen::renderRealtimeClients(ctx.env.realtime, homePath());
  co_return "added " + word;
}
constexpr duramen::Action<"add", add> addAction;

void leave(Context& ctx) { ctx.redirect(otherPath()); }
constexpr duramen::Action<"leave", leave> leaveAction;

Task<Node> homePage(Context& ctx) {
  const std::vector<std::string> words = co_await ctx.env.boards.at("all").call<&Board::words>();
  std::vector<Node> items;
  for (const std::string& word : words) items.push_back(html::li(word));
  co_return html::main(html::title("Words"), html::h1("Words"), html::input.aria("label", "Free text"),
                       html::ul.id("words")(items),
                       Adder{.count = static_cast<std::int64_t>(words.size()),
                             .add = addAction.bind("all"),
                             .leave = leaveAction,
                             .children = html::b.id("from-server")(std::to_string(words.size()) + " words")},
                       html::a.href(otherPath())("Other"));
}

Task<Node> otherPage(Context& ctx) {
  const std::vector<std::string> words = co_await ctx.env.boards.at("all").call<&Board::words>();
  co_return html::main(html::title("Other"), html::h1("Other"),
                       html::p.id("count")(std::to_string(words.size()) + " words"), html::a.href(homePath())("Words"));
}

Node document(Node page) {
  return html::html.lang("en")(html::head(html::meta.charSet("utf-8"), html::link.rel("icon").href("data:,")),
                               html::body(std::move(page)));
}

duramen::App<Context> stockApp(const duramen::ClientBundle& bundle) {
  return duramen::defineApp<Context>(
      duramen::realtimeRoute(&Env::realtime), duramen::client<Adder>(bundle), duramen::actions(addAction, leaveAction),
      duramen::render(document, duramen::route(homePath, homePage), duramen::route(otherPath, otherPage)));
}

}  // namespace
}  // namespace stock

int main(int argc, char** argv) {
  const char* const path = std::getenv("STOCK_ENTRY");
  std::ifstream file{path ? path : "", std::ios::binary};
  if (!file) {
    std::fputs("STOCK_ENTRY names no file that can be read\n", stderr);
    return 1;
  }
  const std::string script{std::istreambuf_iterator{file}, {}};
  const duramen::ClientFile files[] = {
      {.url = "/assets/stock.js", .type = "text/javascript; charset=utf-8", .bytes = script}};
  const duramen::ClientModuleUrl modules[] = {{.id = "/client/Adder.tsx", .url = {}}};
  const duramen::ClientBundle bundle{
      .files = files, .modules = modules, .imports = duramen::ImportForm::async, .entry = files[0].url};
  return duramen::serve(stock::stockApp(bundle), duramen::ServerOptions::fromArgs(argc, argv));
}
