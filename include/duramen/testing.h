#pragma once
// Tests an app without a browser and without a port: TestApp holds the app with storage in memory and a clock that the
// test moves; a TestReader is a client of it, through the same wire as a browser's. Everything runs on the test's own
// thread: when a call returns, all that follows from it has happened, but for what waits for the clock.
//
//   TestApp app{notesApp()};
//   TestReader alice = app.open(notePath(NoteKey{"n1"})), bob = app.open(notePath(NoteKey{"n1"}));
//   alice.call(alice.find<Editor>().save, "hello", std::nullopt);
//   EXPECT_EQ(bob.find<Editor>().text.content, "hello");

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/client.h"
#include "duramen/form_data.h"
#include "duramen/site_of.h"

namespace duramen {

// An action that ended without a result; the text is what a browser's caller gets.
struct TestCallFailed : std::runtime_error {
  using runtime_error::runtime_error;
};

// What a client sends beside the link.
struct TestClient {
  std::vector<std::pair<std::string, std::string>> headers = {};  // "Cookie", and what else the app looks at
  std::string key = {};  // of the group; empty: the link's path, as the library's own entry has it
  bool forwardsResponses = true;
  // Sees the bytes of each document, page and answer as they come: for what must not be in any.
  std::function<void(std::string_view)> received = {};
};

// Fields of a form: {{"name", "Ann"}, {"photo", File{"ann.png", "image/png", bytes}}}.
using TestFields = std::vector<FormData::Entry>;

struct TestResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

namespace test {
class Bench;
class Reader;
}  // namespace test

class TestReader {
 public:
  // Text of the page, as a person reads it: what stands in host elements, with spaces between them.
  std::string text() const;
  int status() const;
  // Path and query of what it looks at.
  const std::string& link() const;
  // How many pages came over the socket, those in answers included.
  std::size_t pages() const;

  // Whether the server has said that it cannot tell just now who this is, and no page has come since.
  bool retrying() const;

  // The props of the one component of this kind on the page. Throws std::runtime_error if there is none, or more than
  // one.
  template <ClientComponent Component>
  Component find() const {
    auto all = findAll<Component>();
    if (all.size() != 1) throwCount(Component::module, all.size());
    return std::move(all.front());
  }
  template <ClientComponent Component>
  std::vector<Component> findAll() const {
    std::vector<Component> all;
    for (const Value& props : propsOf(Component::module)) {
      auto decoded = detail::decode<Component>(&props, Component::module.name);
      if (!decoded) throw std::runtime_error(describe(decoded.error()));
      all.push_back(std::move(*decoded));
    }
    return all;
  }

  // Calls an action as the browser would, by the reference that the page holds, and returns what it returned. Where
  // many calls in a row meet the limit of a view's renders, the clock moves by up to 100 ms. Throws TestCallFailed if
  // it failed.
  template <class R, class... Args, class... Given>
  R call(const ActionRef<R(Args...)>& action, Given&&... given) {
    static_assert(sizeof...(Given) <= sizeof...(Args), "call gives more arguments than the action still takes");
    const std::uint64_t id = begin(action, std::forward<Given>(given)...);
    const Value result = finish(id);
    if constexpr (!std::is_void_v<R>) return decodeResult<R>(result, action.id());
  }
  // Sends the call and does not wait: its answer is finished() later, when the test has moved what it waits for.
  template <class R, class... Args, class... Given>
  std::uint64_t begin(const ActionRef<R(Args...)>& action, Given&&... given) {
    detail::Tape tape = action.bound();
    appendArguments<Args...>(tape, std::forward<Given>(given)...);
    return send(action.id(), tape);
  }
  // As a browser that makes up its own call: any name, any arguments as encodeReply would write them.
  Value callRaw(std::string_view action, std::string_view arguments);
  bool finished(std::uint64_t call) const;

  // What the browser sends from its next request on; a socket that is open has sent its own. Like a browser, a reader
  // whose session has ended connects again by itself, once, with the headers that it has then.
  void setHeaders(std::vector<std::pair<std::string, std::string>> headers);
  // How many sockets it has opened.
  std::size_t joins() const;

  // Client navigation on the same socket.
  void navigate(std::string_view link);
  // Presses the one <button>, <input type="submit"> or <a> that has this text, or this aria-label. A link is navigated
  // to. A button sends its form as a browser does before and without scripts: with the fields as they stand on the page
  // but for those given, a required one filled; then cookies are kept, redirects followed, and the page that comes is
  // shown and joined. If the form's action fails, the page that says why is shown, with its status(), and not joined.
  // What a component shows is the browser's, and cannot be pressed here. Throws std::runtime_error with what the page
  // has where it has no such thing, or several.
  //   reader.click("Log in", {{"name", "Ann"}, {"pin", "4711"}});
  // Given fields of a name take the place of all that the form has of it; "" leaves a checkbox out.
  void click(std::string_view text, const TestFields& fields = {});
  // Likewise, the one form that calls this action: submit(logInAction.id, ...).
  void submit(std::string_view action, const TestFields& fields = {});
  // The socket goes, as when a tab is closed or a network fails; or comes again, with the link that it had.
  void disconnect();
  void reconnect();
  // Stops taking what the server sends, and goes on: what a slow network does.
  void stall();
  void resume();

 private:
  friend class TestApp;
  explicit TestReader(std::shared_ptr<test::Reader> reader) : reader_(std::move(reader)) {}

  template <class Arg, class... Args, class Given, class... Rest>
  static void appendArguments(detail::Tape& tape, Given&& given, Rest&&... rest) {
    detail::appendValue(tape, Arg(std::forward<Given>(given)));
    if constexpr (sizeof...(Rest) > 0) appendArguments<Args...>(tape, std::forward<Rest>(rest)...);
  }
  template <class...>
  static void appendArguments(detail::Tape&) {}
  template <class R>
  static R decodeResult(const Value& result, const std::string& action) {
    auto decoded = detail::decode<R>(&result, action + ", result");
    if (!decoded) throw std::runtime_error(describe(decoded.error()));
    return std::move(*decoded);
  }

  std::vector<Value> propsOf(const ClientModule& module) const;
  [[noreturn]] static void throwCount(const ClientModule& module, std::size_t count);
  std::uint64_t send(const std::string& action, const detail::Tape& arguments);
  Value finish(std::uint64_t call);

  std::shared_ptr<test::Reader> reader_;
};

class TestApp {
 public:
  // With an Env of its own.
  template <class ContextT>
  explicit TestApp(App<ContextT> app) : TestApp(std::move(app), std::make_shared<typename ContextT::EnvType>()) {}
  // With the program's. REQUIRES: `env` outlives it.
  template <class ContextT>
  TestApp(App<ContextT> app, typename ContextT::EnvType& env)
      : TestApp(std::make_unique<app::SiteOf<ContextT>>(std::move(app), env), nullptr) {}
  TestApp(const TestApp&) = delete;
  TestApp& operator=(const TestApp&) = delete;
  ~TestApp();

  // A browser that loads the page and joins. Throws std::runtime_error if it may not.
  TestReader open(std::string_view link, TestClient client = {});

  TestResponse get(std::string_view link, const TestClient& client = {});
  // An action by POST, from a page of this server.
  TestResponse post(std::string_view link, std::string_view action, std::string_view arguments,
                    const TestClient& client = {});
  // Any request.
  TestResponse request(Request request);

  // Runs `task` as the program's own code would, on a loop of the app, and returns what it returns. If it waits for
  // something that the test has yet to do, throws std::runtime_error; the task then goes on when that is done.
  template <class T>
  T run(Task<T> task) {
    const auto end = std::make_shared<End<T>>();
    runTask(keep(std::move(task), end));
    if (end->error) std::rethrow_exception(end->error);
    if (!end->result) throw std::runtime_error("the task still waits");
    if constexpr (!std::is_void_v<T>) return std::move(*end->result);
  }

  template <class R>
  R run(Call<R> call) {
    return run(awaited(std::move(call)));
  }

  // Moves the clock; timers fire on the way, each at its own time.
  void advance(std::chrono::milliseconds by);
  // Runs all that is ready to run. Every other call does so too.
  void settle();

  // Renders that began, of documents and of views; and objects that are in memory.
  std::size_t renders() const;
  std::size_t objects() const;
  // What the app logged, a line each.
  const std::vector<std::string>& log() const;

 private:
  template <class ContextT, class Env>
  TestApp(App<ContextT> app, std::shared_ptr<Env> env)
      : TestApp(std::make_unique<app::SiteOf<ContextT>>(std::move(app), *env), env) {}
  TestApp(std::unique_ptr<app::Site> site, std::shared_ptr<void> env);

  template <class R>
  static Task<R> awaited(Call<R> call) {
    co_return co_await std::move(call);
  }
  // How a task ended. The task holds it, too: it may end after run() has.
  template <class T>
  struct End {
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> result;
    std::exception_ptr error;
  };
  template <class T>
  static Task<void> keep(Task<T> task, std::shared_ptr<End<T>> end) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        end->result = true;
      } else {
        end->result.emplace(co_await std::move(task));
      }
    } catch (...) {
      end->error = std::current_exception();
    }
  }
  void runTask(Task<void> task);

  std::shared_ptr<void> env_;
  std::shared_ptr<test::Bench> bench_;
};

}  // namespace duramen
