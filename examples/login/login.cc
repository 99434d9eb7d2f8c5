#include "login.h"

#include <array>
#include <chrono>
#include <random>

namespace login {
namespace {

constexpr std::string_view cookieName = "session";

// 128 random bits, in hexadecimal.
SessionToken newToken() {
  constexpr std::string_view hex = "0123456789abcdef";
  std::random_device random;
  std::string token;
  for (int word = 0; word < 4; ++word)
    for (unsigned bits = random(), digit = 0; digit < 8; ++digit, bits >>= 4) token += hex[bits & 15];
  return SessionToken{token};
}

// begin login
// Runs for each request, and again while a page is open; pages read the session, and never the cookie. A cookie whose
// session has been closed is nobody's.
Task<Session> sessionOf(const duramen::SessionRequest& request, Env& env) {
  const std::string token{request.cookie(cookieName)};
  if (token.empty()) co_return Session{};
  std::optional<std::string> user = co_await env.sessions.at(SessionToken{token}).call<&StoredSession::user>();
  if (!user) co_return Session{};
  co_return Session{.user = std::move(user), .token = token};
}

duramen::Verdict membersOnly(Context& ctx) {
  return ctx.read(&Session::user) ? duramen::Verdict::allow() : duramen::Verdict::redirect(loginPath());
}

// A form's fields, by their names.
struct Credentials {
  std::string name;
  std::string pin;
};

Task<void> logIn(Context& ctx, Credentials given) {
  if (given.name.empty()) throw duramen::ActionError("name", "say your name");
  if (given.pin != "4711") throw duramen::ActionError("the name or the PIN is wrong");
  const SessionToken token = newToken();
  co_await ctx.env.sessions.at(token).call<&StoredSession::open>(given.name);
  ctx.setCookie({.name = std::string(cookieName), .value = std::string(token.view())});
  ctx.redirect(homePath());
}
constexpr duramen::Action<"logIn", logIn> logInAction;

Task<void> logOut(Context& ctx) {
  const SessionToken token{ctx.session().token};
  co_await ctx.env.sessions.at(token).call<&StoredSession::close>();
  co_await ctx.revoke(&Session::token, token.view());  // wherever it is open, the page is another at once
  ctx.setCookie({.name = std::string(cookieName), .maxAge = std::chrono::seconds{0}});
  ctx.redirect(loginPath());
}
constexpr duramen::Action<"logOut", logOut> logOutAction;

// begin form
Node loginPage(Context& ctx) {
  const duramen::FormError error = ctx.errorOf(logInAction);
  const auto name = html::input.name("name").autoComplete("username");
  const auto pin = html::input.name("pin").type("password").required();
  return html::main(html::title("Log in"), html::h1("Log in"),
                    html::form.action(logInAction)(html::p(html::label("Name ", name), html::formError(error, "name")),
                                                   html::p(html::label("PIN ", pin)), html::button("Log in"),
                                                   html::formError(error)));
}
// end form

Node homePage(Context& ctx) {
  return html::main(html::title("Home"), html::h1("Hello, ", *ctx.read(&Session::user)),
                    html::form.action(logOutAction)(html::button("Log out")));
}
// end login

}  // namespace

duramen::App<Context> loginApp() {
  return duramen::defineApp<Context>(
      duramen::realtimeRoute(&Env::realtime), duramen::session(sessionOf),
      duramen::actions(logInAction, duramen::guarded(membersOnly, logOutAction)),
      duramen::render(
          [](Node page) -> Node {
            return html::html.lang("en")(html::head(html::meta.charSet("utf-8"), html::link.rel("icon").href("data:,")),
                                         html::body(std::move(page)));
          },
          duramen::route(loginPath, loginPage), duramen::guarded(membersOnly, duramen::route(homePath, homePage))));
}

}  // namespace login
