#pragma once
// The Site of an App and an Env: where the types are erased. Apps do not use this header.

#include <chrono>
#include <concepts>
#include <span>
#include <stdexcept>
#include <utility>

#include "duramen/app.h"
#include "duramen/site.h"
#include "duramen/suspense.h"

namespace duramen::app {

// What SiteOf needs that knows no type of the app's; defined in app/site.cc.
Page refusedPage(const Verdict& verdict);
Page redirectPage(std::string_view link);
Page plainPage(int status, std::string fault);
// For whoever posted a form without scripts: why it failed, and the way back.
Page formFailedPage(int status, std::string_view why, std::string_view link);
// For a browser of which the session function could not say whose it is: asks again by itself, after so long.
Page unknownSessionPage(std::chrono::seconds retry);
Outcome refused(std::string_view action, const Verdict& verdict);
// What tells a caller on any transport to go to `link` (docs/flight.md, B2).
Node redirectResult(std::string_view link);
Outcome wrongCall(std::string why);
// Puts the value in the place of its sealed text; false if there is none, or it is not this server's for this place.
bool openSealed(std::vector<Value>& values, std::size_t position, const Seals& seals, std::string_view action);
Outcome unknownAction(std::string_view name);
// Of an action that was not run, since the session function failed.
Outcome unknownSession(std::string_view action);
// Of the exception that is being handled.
Outcome failedOutcome(std::string_view action);
// What a person is told of an outcome without a result: its error, without the action's name.
std::string_view reasonOf(const Outcome& outcome, std::string_view action);
std::string currentFault();
// <div id="hydrate-root"> with a hole for the page; and the document of an app that names none.
Node pagePlace();
Node plainDocument(Node page);

// Throws std::logic_error if two of them have a module of one id: the browser would get either.
void requireDistinctModules(std::span<const ClientBundle* const> bundles);

// The parameters if `path` matches, percent-decoded.
std::optional<std::vector<std::string>> match(const std::vector<std::string>& pattern,
                                              const std::vector<std::string>& path);

template <class T>
inline constexpr bool isNamespace = false;
template <class T>
inline constexpr bool isNamespace<Namespace<T>> = true;

template <class ContextT>
class SiteOf final : public Site {
  using AppT = App<ContextT>;
  using Env = typename ContextT::EnvType;
  using Session = typename ContextT::SessionType;
  static_assert(Aggregate<Env>, "Env is a struct of public members, without a base and without constructors");

 public:
  // REQUIRES: `env` outlives the site.
  SiteOf(AppT app, Env& env) : app_(std::move(app)), env_(env) {
    requireDistinctModules(app_.bundles);
    if constexpr (!std::same_as<Session, NoSession>) {
      if (!app_.readSession) throw std::logic_error("the Context has a Session, but defineApp has no session(...)");
    }
  }

  void open(objects::Objects& objects, realtime::Groups& groups, const Seals& seals) override {
    seals_ = &seals;
    detail::withMembers(env_, [&](auto&... member) { (adopt(member, objects), ...); });
    if (app_.realtime) attachGroups(env_.*app_.realtime, objects, groups);
  }

  Task<detail::IdentityPtr> identify(Request request) override {
    if constexpr (std::same_as<Session, NoSession>) {
      static const detail::IdentityPtr nobody = std::make_shared<const detail::IdentityOf<Session>>(Session{});
      co_return nobody;
    } else {
      const SessionRequest asked{request};
      Session session = co_await app_.readSession(asked, env_);
      co_return std::make_shared<const detail::IdentityOf<Session>>(std::move(session));
    }
  }

  Task<Recognized> recognize(Request request) override {
    if constexpr (std::same_as<Session, NoSession>) {
      detail::IdentityPtr nobody = co_await identify({});
      co_return Recognized{std::move(nobody), std::nullopt};
    } else {
      const SessionRequest asked{request};
      Session session = co_await app_.readSession(asked, env_);
      co_return Recognized{std::make_shared<const detail::IdentityOf<Session>>(std::move(session)), asked.kept()};
    }
  }

  Task<Recognized> recognizeAgain(std::string kept) override {
    if constexpr (std::same_as<Session, NoSession>) {
      detail::IdentityPtr nobody = co_await identify({});
      co_return Recognized{std::move(nobody), std::move(kept)};
    } else {
      const SessionRequest asked{kept};
      Session session = co_await app_.readSession(asked, env_);
      co_return Recognized{std::make_shared<const detail::IdentityOf<Session>>(std::move(session)), std::move(kept),
                           asked.isComplete()};
    }
  }

  bool knowsClients() const override { return !std::same_as<Session, NoSession>; }
  const std::type_info* sessionType() const override { return &typeid(Session); }
  bool decidesJoins() const override { return static_cast<bool>(app_.mayJoin); }

  Task<Verdict> mayJoin(detail::IdentityPtr who, std::string key) override {
    if (!app_.mayJoin) co_return Verdict::allow();
    Task<Verdict> decision = app_.mayJoin(*static_cast<const Session*>(who->session()), key, env_);
    co_return co_await std::move(decision);
  }

  Task<Page> page(std::string link, detail::IdentityPtr who, detail::FormFailure* failure) override {
    ContextT ctx{env_, std::move(who)};
    ctx.show(failure);
    Task<Page> showing = withoutParts(ctx, std::move(link));
    Page page = co_await std::move(showing);
    try {
      Task<Node> whole = detail::finished(std::move(page.node), page.fault);
      Node node = co_await std::move(whole);
      page.node = std::move(node);
    } catch (...) {
      page = plainPage(500, currentFault());
    }
    page.reads = ctx.reads();
    co_return page;
  }

  Task<std::string> stream(std::string link, detail::IdentityPtr who, PageSink& sink) override {
    ContextT ctx{env_, std::move(who)};
    Task<Page> showing = withoutParts(ctx, std::move(link));
    Page page = co_await std::move(showing);
    Node node = std::move(page.node);
    const detail::Showing shown{.page =
                                    [&](Node begun) {
                                      page.node = std::move(begun);
                                      page.reads = ctx.reads();
                                      sink.begin(std::move(page));
                                    },
                                .part = [&](detail::PartPtr part) { sink.part(std::move(part)); }};
    std::string fault;
    Task<void> all = detail::shown(std::move(node), shown, fault);
    co_await std::move(all);
    co_return fault;
  }

  Task<Verdict> mayView(std::string link, detail::IdentityPtr who) override {
    ContextT ctx{env_, std::move(who)};
    typename AppT::PageOf found;
    const typename AppT::Route* const route = find(link, found);
    if (!route) co_return Verdict::allow();
    try {
      for (const auto& guard : route->guards) {
        Verdict verdict = co_await guard(ctx);
        if (!verdict.allowed()) co_return verdict;
      }
    } catch (...) {
      co_return Verdict::refuse("the page's guard failed");
    }
    co_return Verdict::allow();
  }

  Task<Outcome> act(std::string name, CallArguments arguments, detail::IdentityPtr who, const bool* gone,
                    bool takesCookies) override {
    const auto at = app_.endpoints.find(name);
    if (at == app_.endpoints.end()) co_return unknownAction(name);
    Outcome outcome;
    outcome.reply.takesCookies = takesCookies;
    ContextT ctx{env_, who, gone, &outcome.reply};
    try {
      ContextT guardCtx{env_, std::move(who), gone};
      for (const auto& guard : at->second.guards) {
        const Verdict verdict = co_await guard(guardCtx);
        if (!verdict.allowed()) co_return refused(name, verdict);
      }
      auto values = arguments();
      if (!values) co_return wrongCall(name + ", " + values.error());
      for (const std::size_t sealed : at->second.sealed)
        if (!openSealed(*values, sealed, *seals_, name))
          co_return wrongCall(name + ", argument " + std::to_string(sealed + 1) +
                              ": expected a value that this server sealed for this place");
      const auto call = at->second.decode(*values);
      if (!call) co_return wrongCall(call.error());
      outcome.ran = true;
      Node returned = co_await (*call)(ctx);
      Task<Node> whole = detail::finished(std::move(returned), outcome.fault);
      Node result = co_await std::move(whole);
      const std::string& link = outcome.reply.redirect;
      outcome.result = link.empty() ? std::move(result) : redirectResult(link);
      co_return outcome;
    } catch (...) {
      Outcome failed = failedOutcome(name);
      failed.ran = outcome.ran;
      co_return failed;
    }
  }

  bool runsConcurrently(std::string_view name) const override {
    const auto at = app_.endpoints.find(name);
    return at != app_.endpoints.end() && at->second.concurrent;
  }
  bool hasAction(std::string_view name) const override { return app_.endpoints.contains(name); }
  std::string typeScript() const override { return typeScriptOf(app_); }
  std::span<const ClientBundle* const> bundles() const override { return app_.bundles; }
  Node document() override { return app_.document ? app_.document(pagePlace()) : plainDocument(pagePlace()); }
  std::string_view realtimeNamespace() const override {
    return app_.realtime ? std::string_view{(env_.*app_.realtime).name()} : std::string_view{};
  }

 private:
  template <class Member>
  void adopt(Member& member, objects::Objects& objects) {
    if constexpr (isNamespace<std::remove_const_t<Member>>) openNamespace(member, objects);
  }
  template <class T>
  void openNamespace(Namespace<T>& space, objects::Objects& objects) {
    if constexpr (std::same_as<T, RealtimeDurableObject>) {
      // It is opened with the groups (open()).
      if (!app_.realtime || &(env_.*app_.realtime) != &space)
        throw std::logic_error("namespace " + space.name() + " holds groups, but no realtimeRoute(...) names it");
    } else if constexpr (std::constructible_from<T, ObjectState&, Env&>) {
      space.open(objects, [&env = env_](ObjectState& state) { return std::make_unique<T>(state, env); });
    } else {
      space.open(objects, [](ObjectState& state) { return std::make_unique<T>(state); });
    }
  }

  const typename AppT::Route* find(std::string_view link, typename AppT::PageOf& page) const {
    const auto segments = detail::segmentsOf(link.substr(0, link.find('?')));
    if (!segments) return nullptr;
    for (const auto& route : app_.routes) {
      const auto params = match(route.pattern, *segments);
      if (!params) continue;
      if (auto found = route.page(*params)) {
        page = std::move(*found);
        return &route;
      }
    }
    return nullptr;
  }
  // The page, or what is shown in its place. Its parts borrow the context.
  Task<Page> withoutParts(ContextT& ctx, std::string link) {
    std::string fault;
    try {
      typename AppT::PageOf found;
      const typename AppT::Route* const route = find(link, found);
      if (!route) {
        Task<Page> missing = statusPage(ctx, 404, app_.notFoundPage);
        co_return co_await std::move(missing);
      }
      for (const auto& guard : route->guards) {
        const Verdict verdict = co_await guard(ctx);
        if (!verdict.allowed()) co_return refusedPage(verdict);
      }
      Page page;
      Node node = co_await found(ctx);
      page.node = std::move(node);
      if (const std::string_view target = detail::redirectOf(page.node); !target.empty())
        co_return redirectPage(target);
      co_return page;
    } catch (...) {
      fault = currentFault();
    }
    Task<Page> broken = brokenPage(ctx, std::move(fault));
    co_return co_await std::move(broken);
  }
  static Task<Page> statusPage(ContextT& ctx, int status, const typename AppT::PageOf& shown) {
    if (!shown) co_return plainPage(status, {});
    Page page;
    page.status = status;
    Node node = co_await shown(ctx);
    page.node = std::move(node);
    co_return page;
  }
  Task<Page> brokenPage(ContextT& ctx, std::string fault) {
    try {
      Task<Page> showing = statusPage(ctx, 500, app_.failedPage);
      Page page = co_await std::move(showing);
      page.fault = std::move(fault);
      co_return page;
    } catch (...) {
      fault += "; and the page of failed(...) threw: " + currentFault();
    }
    co_return plainPage(500, std::move(fault));
  }

  AppT app_;
  Env& env_;
  const Seals* seals_ = nullptr;
};

}  // namespace duramen::app
