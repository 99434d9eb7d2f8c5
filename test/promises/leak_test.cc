// Nothing of one client's ever reaches another (R5, R9): 50 browsers log in and out, join, navigate, call and are
// pushed to at random, each with a mark of its own in its pages and results, and every byte that any receives is looked
// at. LEAK_ANSWERS=100000 makes it longer; LEAK_SEED takes another way.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "duramen.h"
#include "duramen/testing.h"

namespace duramen {
namespace {

namespace html = duramen::html;

constexpr int browsers = 50;
constexpr std::string_view markPrefix = "mark-";

struct Env {
  int news = 0;
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
struct Session {
  std::string mark;  // empty: a stranger
  int role = 0;
};
using Context = duramen::Context<Env, Session>;

// Holds what a page lets its person call.
struct Teller {
  static constexpr ClientModule module{"/client/Teller.tsx", "Teller"};
  ActionRef<std::string()> tell;
  ActionRef<std::string(std::string)> echo;
};

Session sessionOf(const SessionRequest& request, Env&) {
  const std::string mark(request.cookie("mark"));
  return {mark, mark.empty() ? 0 : 1 + mark.back() % 3};
}
Verdict membersOnly(Context& ctx) { return ctx.read(&Session::role) > 0 ? Verdict::allow() : Verdict::redirect("/in"); }

std::string tell(Context& ctx) { return "you are " + ctx.session().mark; }
constexpr Action<"tell", tell> tellAction;
std::string echo(Context& ctx, std::string text) {
  ++ctx.env.news;
  return text;
}
constexpr Action<"echo", echo> echoAction;
struct Given {
  std::string mark;
};
void enter(Context& ctx, Given given) {
  ctx.setCookie({.name = "mark", .value = given.mark});
  ctx.redirect("/me");
}
constexpr Action<"enter", enter> enterAction;
void leave(Context& ctx) {
  ctx.setCookie({.name = "mark", .maxAge = std::chrono::seconds{0}});
  ctx.redirect("/in");
}
constexpr Action<"leave", leave> leaveAction;

Node with(Context& ctx, Node shown) {
  return html::main(html::p("news ", ctx.env.news), std::move(shown), Teller{tellAction, echoAction.bind()},
                    html::form.action(leaveAction)(html::button("Leave")));
}
Node inPage(Context&) {
  return html::main(html::form.action(enterAction)(html::input.name("mark").required(), html::button("Enter")));
}
Node mePage(Context& ctx) { return with(ctx, html::p("all of ", ctx.session().mark)); }
Node namePage(Context& ctx) { return with(ctx, html::p("read: ", ctx.read(&Session::mark))); }
Node rolePage(Context& ctx) { return with(ctx, html::p("role ", ctx.read(&Session::role))); }
// Reads the name only now and then: its views part and come together.
Node sometimesPage(Context& ctx) {
  return with(ctx, ctx.env.news % 3 ? html::p("nobody's") : html::p("read: ", ctx.read(&Session::mark)));
}
constexpr Path<"/in"> inPath;
constexpr Path<"/me"> mePath;
constexpr Path<"/name"> namePath;
constexpr Path<"/role"> rolePath;
constexpr Path<"/sometimes"> sometimesPath;
Node document(Node page) { return html::html(html::body(std::move(page))); }
constexpr ClientModuleUrl modules[] = {{"/client/Teller.tsx", "/assets/Teller-TEST.js"}};
constexpr ClientBundle bundle{{}, modules};

App<Context> markedApp() {
  return defineApp<Context>(session(sessionOf), realtimeRoute(&Env::realtime), client<Teller>(bundle),
                            actions(enterAction, leaveAction, tellAction, echoAction),
                            render(document, route(inPath, inPage),
                                   guarded(membersOnly, route(mePath, mePage), route(namePath, namePage),
                                           route(rolePath, rolePage), route(sometimesPath, sometimesPage))));
}

class Crowd {
 public:
  Crowd(TestApp& app, Env& env, unsigned seed) : app_(app), env_(env), random_(seed) {
    for (int i = 0; i < browsers; ++i) {
      Browser& browser = *all_.emplace_back(std::make_unique<Browser>());
      browser.mark = std::string(markPrefix) + std::to_string(100 + i) + "-" + std::to_string(random_());
      TestClient client;
      client.key = "everybody";  // one group: what could be mixed up is together
      client.received = [this, &browser](std::string_view bytes) { look(browser, bytes); };
      browser.reader.emplace(app.open("/in", std::move(client)));
    }
  }
  std::size_t answers() const { return answers_; }
  std::size_t marks() const { return marks_; }

  void step() {
    Browser& browser = *all_[pick(browsers)];
    TestReader& reader = *browser.reader;
    if (!browser.isIn) {
      browser.isIn = true;
      return reader.click("Enter", {{"mark", browser.mark}});
    }
    switch (pick(8)) {
      case 0:
        reader.click("Leave");
        browser.isIn = false;
        EXPECT_EQ(reader.text().find(markPrefix), std::string::npos) << "what a stranger sees";
        return;
      case 1:
        reader.disconnect();
        return reader.reconnect();
      case 2:
        EXPECT_EQ(reader.call(reader.find<Teller>().tell), "you are " + browser.mark);
        return;
      case 3:
        EXPECT_EQ(reader.call(reader.find<Teller>().echo, browser.mark), browser.mark);
        return;
      case 4:
        ++env_.news;
        renderRealtimeClients(env_.realtime, "everybody");
        return app_.advance(std::chrono::milliseconds{50});
      default:
        static constexpr std::string_view links[] = {"/me", "/name", "/role", "/sometimes"};
        return reader.navigate(links[pick(std::size(links))]);
    }
  }

 private:
  struct Browser {
    std::string mark;
    bool isIn = false;
    std::optional<TestReader> reader;
  };
  std::size_t pick(std::size_t below) { return random_() % below; }

  void look(const Browser& browser, std::string_view bytes) {
    ++answers_;
    for (std::size_t at = bytes.find(markPrefix); at != bytes.npos; at = bytes.find(markPrefix, at + 1)) {
      ++marks_;
      if (!browser.isIn || !bytes.substr(at).starts_with(browser.mark))
        ADD_FAILURE() << browser.mark << " received " << bytes.substr(at, 30);
    }
  }

  TestApp& app_;
  Env& env_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Browser>> all_;
  std::size_t answers_ = 0, marks_ = 0;
};

unsigned numberOf(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread runs
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

TEST(Leak, NothingOfAnothersIsInAnyAnswer) {
  const unsigned most = numberOf("LEAK_ANSWERS", 3000), seed = numberOf("LEAK_SEED", 11);
  SCOPED_TRACE("LEAK_SEED=" + std::to_string(seed));
  Env env;
  TestApp app{markedApp(), env};
  Crowd crowd{app, env, seed};
  while (crowd.answers() < most && !testing::Test::HasFailure()) {
    crowd.step();
    app.advance(std::chrono::milliseconds{20});
  }
  EXPECT_GT(crowd.marks(), most / 4) << "it is their pages that were looked at";
}

}  // namespace
}  // namespace duramen
