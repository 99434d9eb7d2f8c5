// An app whose session function fails for whoever is somebody, when it is told to. test/browser/session.test.mjs looks
// at it.

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "duramen.h"

namespace session_page {
namespace {

using duramen::Node, duramen::Task;
namespace html = duramen::html;

constexpr duramen::Path<"/"> homePath;

class Word : public duramen::DurableObject {
 public:
  using DurableObject::DurableObject;
  std::string said() const { return storage().get<std::string>("said").value_or("nothing"); }
  void say(std::string word) { storage().put("said", word); }
};

struct Env {
  duramen::Namespace<Word> words{"words"};
  duramen::Namespace<duramen::RealtimeDurableObject> realtime{"realtime"};
  std::unique_ptr<std::atomic<bool>> fails = std::make_unique<std::atomic<bool>>(false);
};
struct Session {
  std::string name;
};
using Context = duramen::Context<Env, Session>;

Task<Session> sessionOf(const duramen::SessionRequest& request, Env& env) {
  std::string name{request.cookie("name")};
  if (!name.empty() && *env.fails) throw std::runtime_error("the store is down");
  co_return Session{.name = std::move(name)};
}

// Called by a client without a name, who is let in all the same.
Task<void> setFails(Context& ctx, bool fails) {
  *ctx.env.fails = fails;
  co_return;
}
constexpr duramen::Action<"setFails", setFails> setFailsAction;

struct Said {
  std::string word;
};
Task<void> say(Context& ctx, Said said) { co_await ctx.env.words.at("word").call<&Word::say>(said.word); }
constexpr duramen::Action<"say", say> sayAction;

Task<Node> homePage(Context& ctx) {
  const std::string said = co_await ctx.env.words.at("word").call<&Word::said>();
  const std::string& name = ctx.read(&Session::name);
  co_return html::main(html::h1("Hello, ", name.empty() ? "nobody" : name), html::p.id("said")(said),
                       html::form.action(sayAction)(html::label("Word ", html::input.name("word")), html::button("Say"),
                                                    html::formError(ctx.errorOf(sayAction))));
}

Node wholeDocument(Node page) {
  return html::html.lang("en")(html::head(html::title("Session"), html::link.rel("icon").href("data:,")),
                               html::body(std::move(page)));
}

duramen::App<Context> app() {
  return duramen::defineApp<Context>(duramen::realtimeRoute(&Env::realtime), duramen::session(sessionOf),
                                     duramen::actions(setFailsAction, sayAction),
                                     duramen::render(wholeDocument, duramen::route(homePath, homePage)));
}

}  // namespace
}  // namespace session_page

int main(int argc, char** argv) {
  return duramen::serve(session_page::app(), duramen::ServerOptions::fromArgs(argc, argv));
}
