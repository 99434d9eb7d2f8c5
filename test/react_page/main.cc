// A page of client components that uses what React apps use: server nodes inside client components inside server nodes,
// context, an error boundary, lazy chunks, and actions by each of React's ways. test/browser/react_features.test.mjs
// looks at it.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "duramen.h"
#include "duramen/form_data.h"
#include "gate.h"
#include "react_page_client.h"

namespace react_page {
namespace {

using duramen::ActionRef, duramen::FormData, duramen::Node, duramen::Task;
namespace html = duramen::html;

constexpr duramen::Path<"/"> homePath;
constexpr duramen::Path<"/visited"> visitedPath;
constexpr duramen::Path<"/late"> latePath;

struct BoardKey : duramen::Key<BoardKey> {
  using Key::Key;
};

struct Upload {
  std::string name;
  std::string type;
  std::int64_t bytes;
  std::string comment;
};

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
  std::optional<Upload> upload() const { return storage().get<Upload>("upload"); }
  void setUpload(Upload upload) { storage().put("upload", upload); }
};

struct Gates {
  Gate outer, inner, history, log;
};

struct Env {
  duramen::Namespace<Board> boards{"boards"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
  std::unique_ptr<Gates> gates = std::make_unique<Gates>();
};
using Context = duramen::Context<Env>;

// What useActionState keeps.
struct Sum {
  std::int64_t total;
  std::optional<std::string> error;
};

// The components of the browser.
struct Chart {
  static constexpr duramen::ClientModule module{"/client/Chart.tsx", "Chart"};
  duramen::Promise<std::vector<double>> history;
};
struct Log {
  static constexpr duramen::ClientModule module{"/client/Log.tsx", "Log"};
  duramen::Stream<std::string> lines;
};
struct Theme {
  static constexpr duramen::ClientModule module{"/client/Theme.tsx", "Theme"};
  Node children;
};
struct ThemedText {
  static constexpr duramen::ClientModule module{"/client/ThemedText.tsx", "ThemedText"};
  std::string id;
  Node children;
};
struct Tab {
  std::string title;
  Node body;
};
struct Tabs {
  static constexpr duramen::ClientModule module{"/client/Tabs.tsx", "Tabs"};
  std::vector<Tab> tabs;
};
struct Catcher {
  static constexpr duramen::ClientModule module{"/client/Catcher.tsx", "Catcher"};
  Node children;
};
struct Fragile {
  static constexpr duramen::ClientModule module{"/client/Catcher.tsx", "Fragile"};
  std::string word;
};
struct Later {
  static constexpr duramen::ClientModule module{"/client/Later.tsx", "Later"};
  Node waiting;
  Node children;
};
struct Visited {
  static constexpr duramen::ClientModule module{"/client/Visited.tsx", "Visited"};
};
struct Adder {
  static constexpr duramen::ClientModule module{"/client/Adder.tsx", "Adder"};
  ActionRef<Sum(Sum, FormData)> add;
};
struct Likes {
  static constexpr duramen::ClientModule module{"/client/Likes.tsx", "Likes"};
  std::vector<std::string> words;
  ActionRef<std::string(std::string)> like;
};
struct Uploads {
  static constexpr duramen::ClientModule module{"/client/Uploads.tsx", "Uploads"};
  ActionRef<Upload(FormData)> upload;
  ActionRef<std::int64_t(std::vector<duramen::File>)> sizes;
};

Task<Sum> addNumber(Context&, Sum previous, FormData form) {
  const std::string_view text = form.text("number");
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    previous.error = "not a number: " + std::string(text);
    co_return previous;
  }
  co_return Sum{.total = previous.total + number, .error = std::nullopt};
}
constexpr duramen::Action<"addNumber", addNumber> addNumberAction;

Task<std::string> like(Context& ctx, BoardKey board, std::string word) {
  if (word == "refused") throw duramen::ActionError("nobody likes that");
  co_await ctx.env.boards.at(board).call<&Board::add>(word);
  co_return "liked " + word;
}
constexpr duramen::Action<"like", like> likeAction;

Task<Upload> upload(Context& ctx, BoardKey board, FormData form) {
  const duramen::File* file = form.file("file");
  if (!file || file->name.empty()) throw duramen::ActionError("choose a file");
  Upload upload{.name = file->name,
                .type = file->type,
                .bytes = static_cast<std::int64_t>(file->bytes.size()),
                .comment = std::string(form.text("comment"))};
  co_await ctx.env.boards.at(board).call<&Board::setUpload>(upload);
  // A call by POST is of no group: those who look are told here.
  duramen::renderRealtimeClients(ctx.env.realtime, homePath());
  co_return upload;
}
constexpr duramen::Action<"upload", upload> uploadAction;

std::int64_t sizes(Context&, std::vector<duramen::File> files) {
  std::int64_t sum = 0;
  for (const duramen::File& file : files) sum += static_cast<std::int64_t>(file.bytes.size());
  return sum;
}
constexpr duramen::Action<"sizes", sizes> sizesAction;

Task<Node> homePage(Context& ctx) {
  const BoardKey key{"all"};
  const auto board = ctx.env.boards.at(key);
  const std::vector<std::string> words = co_await board.call<&Board::words>();
  const std::optional<Upload> last = co_await board.call<&Board::upload>();
  std::vector<Node> items;
  for (const std::string& word : words) items.push_back(html::li.key(word)(word));
  const auto counted = std::to_string(words.size()) + " words";
  co_return html::main(
      html::title("React"), html::h1("React"), html::a.href(visitedPath())("Elsewhere"),
      html::a.href(latePath())("Late"),
      Theme{html::section.id("themed")(
          ThemedText{.id = "outer", .children = html::em(counted)},
          Tabs{{Tab{"Words", html::div.id("words")(html::ul(items), ThemedText{.id = "inner", .children = "In a tab"})},
                Tab{"Likes", Likes{.words = words, .like = likeAction.bind(key)}}}})},
      Catcher{html::div(html::p.id("caught")("Whole"), Fragile{counted})},
      Later{.waiting = html::p.id("waiting")("Wait"), .children = html::b.id("from-server")(counted)},
      Adder{addNumberAction}, Uploads{.upload = uploadAction.bind(key), .sizes = sizesAction},
      html::form.id("plain").action(uploadAction.bind(key))(
          html::input.name("comment").aria("label", "Plain comment"),
          html::input.type("file").name("file").aria("label", "Plain file"), html::button("Send plain")),
      html::p.id("last-upload")(last ? last->name + ", " + std::to_string(last->bytes) + " bytes, " + last->comment
                                     : std::string("none")));
}

Node visitedPage(Context&) {
  return html::main(html::title("Elsewhere"), html::h1("Elsewhere"), html::a.href(homePath())("Back"), Visited{});
}

// A page whose parts come later, when a test says so.

Task<Node> innerPart(Context& ctx) {
  co_await ctx.env.gates->inner;
  co_return html::p.id("inner")("The inner part");
}
Task<Node> outerPart(Context& ctx) {
  co_await ctx.env.gates->outer;
  co_return html::section.id("outer")(html::h2("The outer part"), ThemedText{.id = "themed", .children = "Themed"},
                                      duramen::Suspense{.fallback = html::p.id("inner-waits")("Wait")}(innerPart(ctx)));
}
Task<std::vector<double>> history(Context& ctx) {
  co_await ctx.env.gates->history;
  co_return std::vector<double>{1.5, 2, 3};
}
duramen::Stream<std::string> linesOf(Context& ctx) {
  co_yield "first";
  co_await ctx.env.gates->log;
  co_yield "second";
  ctx.env.gates->log.close();
  co_await ctx.env.gates->log;
  co_yield "third";
}
Node latePage(Context& ctx) {
  return html::main(html::title("Late"), html::h1("Late"), html::a.href(homePath())("Back"),
                    duramen::Suspense{.fallback = html::p.id("outer-waits")("Wait")}(outerPart(ctx)),
                    Chart{.history = duramen::Promise{history(ctx)}}, Log{.lines = linesOf(ctx)},
                    html::input.aria("label", "Typed meanwhile"));
}

void openGate(Context& ctx, std::string name) {
  Gates& gates = *ctx.env.gates;
  (name == "outer" ? gates.outer : name == "inner" ? gates.inner : name == "log" ? gates.log : gates.history).open();
}
constexpr duramen::Action<"openGate", openGate> openGateAction;

Node document(Node page) {
  return html::html.lang("en")(html::head(html::meta.charSet("utf-8"), html::link.rel("icon").href("data:,")),
                               html::body(std::move(page)));
}

duramen::App<Context> reactPage() {
  return duramen::defineApp<Context>(
      duramen::realtimeRoute(&Env::realtime),
      duramen::client<Chart, Log, Theme, ThemedText, Tabs, Catcher, Fragile, Later, Visited, Adder, Likes, Uploads>(
          reactPageClient),
      duramen::actions(addNumberAction, likeAction, uploadAction, sizesAction, openGateAction),
      duramen::render(document, duramen::route(homePath, homePage), duramen::route(visitedPath, visitedPage),
                      duramen::route(latePath, latePage)));
}

}  // namespace
}  // namespace react_page

int main(int argc, char** argv) {
  return duramen::serve(react_page::reactPage(), duramen::ServerOptions::fromArgs(argc, argv));
}
