#pragma once
// An app is a value: routes, actions and how a client is known. It holds no state and names no global, so a program or
// a test may have several. Everything that can be checked is checked while compiling.
//
//   defineApp<Context>(realtimeRoute(&Env::realtime), session(sessionOf), client<Editor, NewNote>(notesClient),
//                      actions(saveNoteAction, guarded(adminsOnly, deleteNoteAction)),
//                      render(document, route(homePath, homePage), guarded(adminsOnly, route(adminPath, adminPage))),
//                      notFound(missingPage), failed(brokenPage));

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "duramen/action.h"
#include "duramen/app_parts.h"
#include "duramen/bundle.h"
#include "duramen/context.h"
#include "duramen/node.h"
#include "duramen/object.h"
#include "duramen/path.h"
#include "duramen/realtime.h"
#include "duramen/session_request.h"
#include "duramen/task.h"
#include "duramen/typescript.h"

namespace duramen {
namespace detail {

template <class T>
Task<T> ready(T value) {
  co_return value;
}

// Calls `function`, which returns a T or a Task<T>.
template <class T, class Function, class... Args>
Task<T> asTask(const Function& function, Args&&... args) {
  if constexpr (isTask<std::invoke_result_t<const Function&, Args&&...>>)
    return function(std::forward<Args>(args)...);
  else
    return ready<T>(function(std::forward<Args>(args)...));
}

template <class ContextT>
using GuardOf = std::function<Task<Verdict>(ContextT&)>;

template <class ContextT, class Guard>
GuardOf<ContextT> guardOf(Guard guard) {
  constexpr bool fits = [] {
    if constexpr (std::invocable<Guard, ContextT&>)
      return std::same_as<typename ResultOf<std::invoke_result_t<Guard, ContextT&>>::type, Verdict>;
    else
      return false;
  }();
  static_assert(fits, "a guard is a function (Context&) that returns a Verdict or a Task<Verdict>");
  if constexpr (fits)
    return [guard](ContextT& ctx) { return asTask<Verdict>(guard, ctx); };
  else
    return nullptr;
}

}  // namespace detail

template <Literal Pattern, class... Params, class PageFn>
auto route(Path<Pattern, Params...> path, PageFn page) {
  return detail::RoutePart<Path<Pattern, Params...>, PageFn>{path, page};
}
// Pages or actions that only those may see or call whom `guard` allows. A guard of a route does not guard the actions
// of its page: an action is an endpoint of its own. Guards may be nested; the outer one decides first.
template <class Guard, class... Parts>
auto guarded(Guard guard, Parts... parts) {
  return detail::GuardedPart<Guard, Parts...>{guard, {parts...}};
}
// The functions that browsers may call. One that is not listed does not exist for them.
template <class... Actions>
auto actions(Actions... each) {
  return detail::ActionsPart<Actions...>{{each...}};
}
// The pages, matched in this order (so /note/new stands before /note/:key), and the document around them. The document
// is not React's: it is printed once, as HTML, and may hold anything; what it is given is the <div> that the page lives
// in.
template <class... Routes>
auto render(Node (*document)(Node), Routes... routes) {
  return detail::RenderPart<Routes...>{document, {routes...}};
}
// The namespace whose objects are the groups of clients. All may join any key.
template <class Env>
auto realtimeRoute(Namespace<RealtimeDurableObject> Env::* group) {
  return detail::RealtimePart<Env, std::nullptr_t>{group, nullptr};
}
// `mayJoin(const Session&, std::string_view key, Env&)` returns a Verdict, or a Task of one, for each client that
// joins; it is asked again when the client's session has changed, and before a page is handed out when its last answer
// is older than a minute (ServerOptions::joinLifetime).
template <class Env, class MayJoin>
auto realtimeRoute(Namespace<RealtimeDurableObject> Env::* group, MayJoin mayJoin) {
  return detail::RealtimePart<Env, MayJoin>{group, mayJoin};
}
// How a client is known: a function (const SessionRequest&, Env&) that returns the Session or a Task of it. It runs at
// each GET and POST, when a socket opens, and again for as long as that is open: before each of its actions, and every
// 10 seconds (ServerOptions::sessionInterval); sockets that gave equal answers to what it asked share one run. Who it
// then says that the client is counts from there on. Return Session{} for whoever is nobody: a client that was somebody
// and is nobody now has been logged out. If it throws, what the client shows stays, its actions are refused, and it is
// asked again. The request lives until the task has ended.
template <class Function>
auto session(Function read) {
  return detail::SessionPart<Function>{read};
}
// Files for the browser: made by the CMake function duramen_client. The types of the props of `Components` are what
// --write-types gives to their .tsx (typescript.h).
template <class... Components>
auto client(const ClientBundle& bundle) {
  constexpr bool fits = (ClientComponent<Components> && ...);
  static_assert(fits, "client<...>(bundle) lists client components: structs of props with a ClientModule `module`");
  return detail::ClientPart<Components...>{&bundle};
}
// The page for a path that no route matches (404), and for a page that threw (500): functions like any page, without
// parameters.
template <class PageFn>
auto notFound(PageFn page) {
  return detail::StatusPart<404, PageFn>{page};
}
template <class PageFn>
auto failed(PageFn page) {
  return detail::StatusPart<500, PageFn>{page};
}

template <class ContextT>
class App {
 public:
  using Env = typename ContextT::EnvType;
  using Session = typename ContextT::SessionType;
  using Guards = std::vector<detail::GuardOf<ContextT>>;
  using PageOf = std::function<Task<Node>(ContextT&)>;

  struct Route {
    std::vector<std::string> pattern;  // segments; a parameter begins with ':'
    Guards guards;
    // Nothing if the parameters are of another type than the path's: no match.
    std::function<std::optional<PageOf>(const std::vector<std::string>& params)> page;
  };
  struct Endpoint {
    Guards guards;
    bool concurrent = false;
    // The call with its arguments decoded, or what is wrong with them.
    std::function<std::expected<PageOf, std::string>(const std::vector<Value>&)> decode;
    void (*declare)(TypeScript&) = nullptr;
    std::vector<std::size_t> sealed = {};  // positions of its Sealed parameters
  };

  std::vector<Route> routes;
  std::map<std::string, Endpoint, std::less<>> endpoints;
  std::function<Task<Session>(const SessionRequest&, Env&)> readSession;
  std::function<Task<Verdict>(const Session&, std::string_view, Env&)> mayJoin;
  Namespace<RealtimeDurableObject> Env::* realtime = nullptr;
  Node (*document)(Node) = nullptr;
  PageOf notFoundPage, failedPage;
  std::vector<const ClientBundle*> bundles;
  std::vector<void (*)(TypeScript&)> components;  // each declares its props

  template <class... Components>
  void add(const detail::ClientPart<Components...>& part) {
    if (std::ranges::find(bundles, part.bundle) == bundles.end()) bundles.push_back(part.bundle);
    if constexpr ((ClientComponent<Components> && ...))
      (components.push_back([](TypeScript& types) { types.addComponent<Components>(); }), ...);
  }

  template <class... Routes>
  void add(const detail::RenderPart<Routes...>& part) {
    document = part.document;
    std::apply([&](const auto&... each) { (addRoute(each, Guards{}), ...); }, part.routes);
  }

  template <class... Actions>
  void add(const detail::ActionsPart<Actions...>& part) {
    std::apply([&](const auto&... each) { (addAction(each, Guards{}), ...); }, part.actions);
  }

  template <class OtherEnv, class MayJoin>
  void add(const detail::RealtimePart<OtherEnv, MayJoin>& part) {
    constexpr bool ours = std::same_as<OtherEnv, Env>;
    static_assert(ours, "realtimeRoute names a member of another Env than the app's");
    if constexpr (ours) realtime = part.group;
    if constexpr (ours && !std::same_as<MayJoin, std::nullptr_t>) {
      constexpr bool fits = [] {
        if constexpr (std::invocable<const MayJoin&, const Session&, std::string_view, Env&>)
          return std::same_as<typename detail::ResultOf<
                                  std::invoke_result_t<const MayJoin&, const Session&, std::string_view, Env&>>::type,
                              Verdict>;
        else
          return false;
      }();
      static_assert(fits,
                    "mayJoin is a function (const Session&, std::string_view key, Env&) that returns a Verdict or "
                    "a Task<Verdict>");
      if constexpr (fits)
        mayJoin = [join = part.mayJoin](const Session& who, std::string_view key, Env& env) {
          return detail::asTask<Verdict>(join, who, key, env);
        };
    }
  }

  template <class Function>
  void add(const detail::SessionPart<Function>& part) {
    constexpr bool fits = [] {
      if constexpr (std::invocable<const Function&, const SessionRequest&, Env&>)
        return std::same_as<
            typename detail::ResultOf<std::invoke_result_t<const Function&, const SessionRequest&, Env&>>::type,
            Session>;
      else
        return false;
    }();
    static_assert(
        fits,
        "session(...) takes a function (const SessionRequest&, Env&) that returns the Session of the Context, "
        "or a Task of it");
    if constexpr (fits)
      readSession = [read = part.read](const SessionRequest& request, Env& env) {
        return detail::asTask<Session>(read, request, env);
      };
  }

  template <int Status, class PageFn>
  void add(const detail::StatusPart<Status, PageFn>& part) {
    constexpr bool fits = isPage<PageFn>();
    static_assert(fits, "notFound and failed take a page: a function (Context&) that returns a Node or a Task<Node>");
    if constexpr (fits) (Status == 404 ? notFoundPage : failedPage) = pageOf(part.page);
  }

 private:
  template <class PageFn, class... Params>
  static consteval bool isPage() {
    if constexpr (std::invocable<const PageFn&, ContextT&, Params...>)
      return std::same_as<typename detail::ResultOf<std::invoke_result_t<const PageFn&, ContextT&, Params...>>::type,
                          Node>;
    else
      return false;
  }
  template <class PageFn, class... Params>
  static PageOf pageOf(PageFn page, Params... params) {
    return [page, ... params = std::move(params)](ContextT& ctx) { return detail::asTask<Node>(page, ctx, params...); };
  }
  static Guards within(const Guards& outer, detail::GuardOf<ContextT> inner) {
    Guards all = outer;
    all.push_back(std::move(inner));
    return all;
  }

  template <class Guard, class... Parts>
  void addRoute(const detail::GuardedPart<Guard, Parts...>& part, const Guards& outer) {
    const Guards guards = within(outer, detail::guardOf<ContextT>(part.guard));
    std::apply([&](const auto&... each) { (addRoute(each, guards), ...); }, part.parts);
  }
  template <Literal Pattern, class... Params, class PageFn>
  void addRoute(const detail::RoutePart<Path<Pattern, Params...>, PageFn>& part, const Guards& guards) {
    constexpr bool callable = std::invocable<const PageFn&, ContextT&, Params...>;
    constexpr bool fits = isPage<PageFn, Params...>();
    static_assert(callable, "a page takes (Context&, one argument for each :parameter of its path)");
    static_assert(fits || !callable, "a page returns a Task<Node> or a Node");
    if constexpr (fits)
      routes.push_back(
          {*detail::segmentsOf(Pattern.view()), guards, [page = part.page](const std::vector<std::string>& texts) {
             return bound<PageFn, Params...>(page, texts, std::index_sequence_for<Params...>{});
           }});
  }
  template <class PageFn, class... Params, std::size_t... I>
  static std::optional<PageOf> bound(PageFn page, const std::vector<std::string>& texts, std::index_sequence<I...>) {
    std::tuple<std::optional<Params>...> params{detail::fromSegment<Params>(texts[I])...};
    if (!(std::get<I>(params) && ...)) return std::nullopt;
    return pageOf(page, std::move(*std::get<I>(params))...);
  }

  template <class Guard, class... Parts>
  void addAction(const detail::GuardedPart<Guard, Parts...>& part, const Guards& outer) {
    const Guards guards = within(outer, detail::guardOf<ContextT>(part.guard));
    std::apply([&](const auto&... each) { (addAction(each, guards), ...); }, part.parts);
  }
  template <Literal Id, auto Function>
  void addAction(const Action<Id, Function>& action, const Guards& guards) {
    using Traits = detail::ActionTraits<decltype(Function)>;
    constexpr bool ours = std::same_as<typename Traits::ContextType, ContextT>;
    static_assert(ours, "this action takes another Context than the app has");
    if constexpr (ours)
      endpoints.emplace(std::string(Id.view()),
                        Endpoint{guards, action.runsConcurrently,
                                 [](const std::vector<Value>& values) {
                                   return decodeCall<Id, Function>(values, typename Traits::Arguments{});
                                 },
                                 [](TypeScript& types) {
                                   types.addAction<typename Traits::Result>(Id.view(), typename Traits::Arguments{});
                                 },
                                 sealedIn(typename Traits::Arguments{})});
  }
  template <class... Args>
  static std::vector<std::size_t> sealedIn(detail::Types<Args...>) {
    std::vector<std::size_t> sealed;
    [[maybe_unused]] std::size_t position = 0;
    ((detail::IsSealed<Args> ? sealed.push_back(position++) : void(++position)), ...);
    return sealed;
  }
  template <Literal Id, auto Function, class... Args>
  static std::expected<PageOf, std::string> decodeCall(const std::vector<Value>& values, detail::Types<Args...>) {
    // A form gives its fields, also to an action that wants nothing more.
    const bool fieldsToo = values.size() == sizeof...(Args) + 1 && valueAs<FormData>(&values.back());
    if (values.size() > sizeof...(Args) && !fieldsToo)
      return std::unexpected(std::string(Id.view()) + ": expected at most " + std::to_string(sizeof...(Args)) +
                             " arguments, got " + std::to_string(values.size()));
    return [&]<std::size_t... I>(std::index_sequence<I...>) -> std::expected<PageOf, std::string> {
      std::tuple<Decoded<Args>...> decoded{detail::decode<Args>(
          I < values.size() ? &values[I] : nullptr, std::string(Id.view()) + ", argument " + std::to_string(I + 1))...};
      std::string wrong;
      ((wrong.empty() && !std::get<I>(decoded) ? void(wrong = describe(std::get<I>(decoded).error())) : void()), ...);
      if (!wrong.empty()) return std::unexpected(std::move(wrong));
      return [args = std::tuple<Args...>{std::move(*std::get<I>(decoded))...}](ContextT& ctx) {
        return std::apply([&](const Args&... each) { return resultOf<Function, Args...>(ctx, each...); }, args);
      };
    }(std::index_sequence_for<Args...>{});
  }
  // A result as a Node's tape, which is how values travel to the encoder.
  template <auto Function, class... Args>
  static Task<Node> resultOf(ContextT& ctx, Args... args) {
    using Returned = std::invoke_result_t<decltype(Function), ContextT&, Args...>;
    using Result = typename detail::ResultOf<Returned>::type;
    detail::Tape tape;
    if constexpr (std::is_void_v<Result>) {
      if constexpr (detail::isTask<Returned>) {
        Task<void> running = Function(ctx, std::move(args)...);
        co_await std::move(running);
      } else {
        Function(ctx, std::move(args)...);
      }
      tape.put(detail::Op::undefined);
    } else if constexpr (detail::isTask<Returned>) {
      Task<Result> running = Function(ctx, std::move(args)...);
      const Result result = co_await std::move(running);
      detail::appendValue(tape, result);
    } else {
      const Result result = Function(ctx, std::move(args)...);
      detail::appendValue(tape, result);
    }
    co_return Node{std::move(tape)};
  }
};

// Parts: realtimeRoute, session, client, actions, render, notFound, failed. In any order; client and actions any number
// of times, the others once at most.
template <class ContextT, class... Parts>
App<ContextT> defineApp(Parts... parts) {
  detail::checkParts<Parts...>();
  App<ContextT> app;
  (app.add(parts), ...);
  return app;
}

// A module of TypeScript: the props of the components that the app lists, and its actions.
template <class ContextT>
std::string typeScriptOf(const App<ContextT>& app) {
  TypeScript types;
  for (const auto declare : app.components) declare(types);
  for (const auto& [name, endpoint] : app.endpoints) endpoint.declare(types);
  return types.text();
}

}  // namespace duramen
