#pragma once
// The parts of defineApp, and what must hold of all of them together: whatever would make one of them count for nothing
// is an error of the compiler's. Apps do not use this header.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "duramen/action.h"
#include "duramen/bundle.h"
#include "duramen/node.h"
#include "duramen/object.h"
#include "duramen/path.h"
#include "duramen/realtime.h"

namespace duramen::detail {

template <class P, class PageFn>
struct RoutePart {
  P path;
  PageFn page;
};
template <class Guard, class... Parts>
struct GuardedPart {
  Guard guard;
  std::tuple<Parts...> parts;
};
template <class... Actions>
struct ActionsPart {
  std::tuple<Actions...> actions;
};
template <class... Routes>
struct RenderPart {
  Node (*document)(Node);
  std::tuple<Routes...> routes;
};
template <class Env, class MayJoin>
struct RealtimePart {
  Namespace<RealtimeDurableObject> Env::* group;
  MayJoin mayJoin;
};
template <class Function>
struct SessionPart {
  Function read;
};
template <int Status, class PageFn>
struct StatusPart {
  PageFn page;
};
template <class... Components>
struct ClientPart {
  const ClientBundle* bundle;
};

template <class... A, class... B>
consteval Types<A..., B...> operator+(Types<A...>, Types<B...>) {
  return {};
}

// What a part holds, in itself and in the parts within it.
template <class Part>
struct Holds {
  using Actions = Types<>;
  using Routes = Types<>;  // paths, in order of their match
  using Components = Types<>;
};
template <class... Parts>
struct HoldAll {
  using Actions = decltype((Types<>{} + ... + typename Holds<Parts>::Actions{}));
  using Routes = decltype((Types<>{} + ... + typename Holds<Parts>::Routes{}));
  using Components = decltype((Types<>{} + ... + typename Holds<Parts>::Components{}));
};
template <Literal Id, auto Function>
struct Holds<Action<Id, Function>> : HoldAll<> {
  using Actions = Types<Action<Id, Function>>;
};
template <class P, class PageFn>
struct Holds<RoutePart<P, PageFn>> : HoldAll<> {
  using Routes = Types<P>;
};
template <class... Each>
struct Holds<ClientPart<Each...>> : HoldAll<> {
  using Components = Types<Each...>;
};
template <class Guard, class... Parts>
struct Holds<GuardedPart<Guard, Parts...>> : HoldAll<Parts...> {};
template <class... Actions>
struct Holds<ActionsPart<Actions...>> : HoldAll<Actions...> {};
template <class... Routes>
struct Holds<RenderPart<Routes...>> : HoldAll<Routes...> {};

// Of which an app has one at most.
template <class Part>
inline constexpr bool isSession = false;
template <class Function>
inline constexpr bool isSession<SessionPart<Function>> = true;
template <class Part>
inline constexpr bool isRealtime = false;
template <class Env, class MayJoin>
inline constexpr bool isRealtime<RealtimePart<Env, MayJoin>> = true;
template <class Part>
inline constexpr bool isRender = false;
template <class... Routes>
inline constexpr bool isRender<RenderPart<Routes...>> = true;
template <class Part, int Status>
inline constexpr bool isStatus = false;
template <int Status, class PageFn>
inline constexpr bool isStatus<StatusPart<Status, PageFn>, Status> = true;

// The errors name what is wrong by the arguments of these templates.
template <class Action, bool once>
struct NamedOnce {
  static_assert(once, "two actions have the same name: a call could mean either, with its guards or without");
};
template <class Route, class Earlier, bool reached>
struct Reached {
  static_assert(reached, "a route is never reached: an earlier one matches every path that it would");
};
template <class Component, bool once>
struct ModuleOnce {
  static_assert(once, "client<...> lists two components of one module and name: the props of only one would count");
};

template <std::size_t I, std::size_t N>
consteval bool isFirst(const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.begin() + I, all[I]) == all.begin() + I;
}

template <class... Actions>
constexpr void checkActions(Types<Actions...>) {
  constexpr std::array<std::string_view, sizeof...(Actions)> names{Actions::id...};
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void(NamedOnce<Actions, isFirst<I>(names)>{}), ...);
  }(std::index_sequence_for<Actions...>{});
}

// Two names of one module share a line of app.d.ts.
template <class Component>
concept NamesModule = requires { std::string_view{Component::module.file}; };
template <class A, class B>
consteval bool sameModule() {
  if constexpr (NamesModule<A> && NamesModule<B>)
    return A::module.file == B::module.file && A::module.name == B::module.name;
  else
    return false;
}
template <class... Components>
constexpr void checkComponents(Types<Components...>) {
  constexpr auto isFirstOf = []<class Component, std::size_t I>() {
    std::size_t at = 0;
    bool before = false;
    ((before = before || (at++ < I && sameModule<Component, Components>())), ...);
    return !before;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void(ModuleOnce<Components, isFirstOf.template operator()<Components, I>()>{}), ...);
  }(std::index_sequence_for<Components...>{});
}

// One segment of a route: the text that it is, or what texts it takes.
struct RouteSegment {
  std::string_view text;
  bool isParameter = false;
  bool isNumber = false;
  std::int64_t least = 0;
  std::uint64_t most = 0;

  constexpr bool covers(const RouteSegment& other) const {
    if (!isParameter) return !other.isParameter && text == other.text;
    if (!isNumber) return other.isParameter || !other.text.empty();
    return other.isNumber && least <= other.least && most >= other.most;
  }
};

template <class T>
consteval RouteSegment numberSegment() {
  if constexpr (std::integral<T>)
    return {{}, true, true, static_cast<std::int64_t>(std::numeric_limits<T>::min()), std::numeric_limits<T>::max()};
  else
    return {{}, true};
}

template <class P>
struct RouteSegments;
template <Literal Pattern, class... Params>
struct RouteSegments<Path<Pattern, Params...>> {
  static constexpr std::size_t count = std::ranges::count(Pattern.view(), '/');
  static constexpr std::array<RouteSegment, count> all = [] {
    const std::array<RouteSegment, sizeof...(Params)> parameters{numberSegment<Params>()...};
    std::array<RouteSegment, count> segments{};
    std::size_t parameter = 0, at = 1;
    for (RouteSegment& segment : segments) {
      const std::string_view rest = Pattern.view().substr(at);
      const std::string_view text = rest.substr(0, rest.find('/'));
      at += text.size() + 1;
      if (text.starts_with(':') && parameter < parameters.size())
        segment = parameters[parameter++];
      else
        segment.text = text;
    }
    return segments;
  }();
};

template <class Earlier, class Later>
consteval bool hides() {
  constexpr auto& earlier = RouteSegments<Earlier>::all;
  constexpr auto& later = RouteSegments<Later>::all;
  if constexpr (earlier.size() != later.size())
    return false;
  else
    return std::ranges::equal(earlier, later, [](const auto& a, const auto& b) { return a.covers(b); });
}

template <class... Earlier>
constexpr void checkRoutes(Types<Earlier...>, Types<>) {}
template <class... Earlier, class Route, class... Later>
constexpr void checkRoutes(Types<Earlier...>, Types<Route, Later...>) {
  (void(Reached<Route, Earlier, !hides<Earlier, Route>()>{}), ...);
  checkRoutes(Types<Earlier..., Route>{}, Types<Later...>{});
}

template <class... Parts>
constexpr void checkParts() {
  static_assert((isSession<Parts> + ... + 0) <= 1, "defineApp has two session(...): only one could be asked");
  static_assert((isRealtime<Parts> + ... + 0) <= 1,
                "defineApp has two realtimeRoute(...): only one could decide who joins");
  static_assert((isRender<Parts> + ... + 0) <= 1,
                "defineApp has two render(...): only one document could stand around the pages; one lists all routes");
  static_assert((isStatus<Parts, 404> + ... + 0) <= 1, "defineApp has two notFound(...): only one could be shown");
  static_assert((isStatus<Parts, 500> + ... + 0) <= 1, "defineApp has two failed(...): only one could be shown");
  using All = HoldAll<Parts...>;
  checkActions(typename All::Actions{});
  checkRoutes(Types<>{}, typename All::Routes{});
  checkComponents(typename All::Components{});
}

}  // namespace duramen::detail
