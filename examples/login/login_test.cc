#include "login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duramen/testing.h"

namespace login {
namespace {

using duramen::Request, duramen::TestApp, duramen::TestReader, duramen::TestResponse;
using testing::HasSubstr, testing::StartsWith;

std::string header(const TestResponse& response, std::string_view name) {
  for (const auto& [each, value] : response.headers)
    if (each == name) return value;
  return {};
}

// A form as a browser without scripts posts it.
TestResponse postForm(TestApp& app, std::string path, const std::vector<std::pair<std::string, std::string>>& fields,
                      const std::string& cookie = {}) {
  Request request{.method = "POST", .path = std::move(path)};
  std::string body;
  for (const auto& [name, value] : fields)
    body.append("--x\r\nContent-Disposition: form-data; name=\"")
        .append(name)
        .append("\"\r\n\r\n")
        .append(value)
        .append("\r\n");
  request.body = body + "--x--\r\n";
  request.headers = {
      {"Content-Type", "multipart/form-data; boundary=x"}, {"Host", "app.test"}, {"Origin", "http://app.test"}};
  if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
  return app.request(request);
}

std::string logIn(TestApp& app) {
  const auto response = postForm(app, loginPath(), {{"$ACTION_ID_logIn", ""}, {"name", "Ann"}, {"pin", "4711"}});
  const std::string cookie = header(response, "Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

TEST(Login, LeadsFromTheFormToThePageAndBack) {
  TestApp app{loginApp()};
  TestReader ann = app.open(homePath());
  EXPECT_EQ(ann.link(), loginPath());
  ann.click("Log in", {{"name", "Ann"}, {"pin", "4711"}});
  EXPECT_EQ(ann.link(), homePath());
  EXPECT_THAT(ann.text(), HasSubstr("Hello, Ann"));
  ann.click("Log out");
  EXPECT_EQ(ann.link(), loginPath());
}

TEST(Login, LetsNobodyInByAWrongPin) {
  TestApp app{loginApp()};
  TestReader eve = app.open(loginPath());
  eve.submit("logIn", {{"name", "Ann"}, {"pin", "1"}});
  EXPECT_EQ(eve.status(), 400);
  EXPECT_THAT(eve.text(), HasSubstr("the name or the PIN is wrong"));
  EXPECT_THROW(app.open(loginPath()).click("Log in", {{"name", "Ann"}}), std::runtime_error) << "the PIN is required";
}

TEST(Login, IsOneBrowsersAlone) {
  TestApp app{loginApp()};
  TestReader ann = app.open(loginPath()), bob = app.open(loginPath());
  ann.click("Log in", {{"name", "Ann"}, {"pin", "4711"}});
  bob.click("Log in", {{"name", "Bob"}, {"pin", "4711"}});
  bob.click("Log out");
  EXPECT_THAT(ann.text(), HasSubstr("Hello, Ann"));
  ann.navigate(homePath());
  EXPECT_THAT(ann.text(), HasSubstr("Hello, Ann"));
  EXPECT_EQ(bob.link(), loginPath());
}

TEST(Login, SendsStrangersToTheForm) {
  TestApp app{loginApp()};
  const auto response = app.get(homePath());
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(header(response, "Location"), "/login");
  EXPECT_THAT(
      app.get(loginPath()).body,
      HasSubstr(
          R"(<form action="" encType="multipart/form-data" method="POST"><input type="hidden" name="$ACTION_ID_logIn"/>)"));
}

TEST(Login, SetsACookieThatPagesKnow) {
  TestApp app{loginApp()};
  const auto response = postForm(app, loginPath(), {{"$ACTION_ID_logIn", ""}, {"name", "Ann"}, {"pin", "4711"}});
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(header(response, "Location"), "/");
  const std::string cookie = header(response, "Set-Cookie");
  EXPECT_THAT(cookie, HasSubstr("; Path=/; HttpOnly; SameSite=Lax"));
  const auto home = app.get(homePath(), {.headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}});
  EXPECT_EQ(home.status, 200);
  EXPECT_THAT(home.body, HasSubstr("Hello, Ann"));
}

TEST(Login, SaysWhatWasWrong) {
  TestApp app{loginApp()};
  const auto response = postForm(app, loginPath(), {{"$ACTION_ID_logIn", ""}, {"name", "Ann"}, {"pin", "1"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(header(response, "Set-Cookie"), "");
  EXPECT_THAT(
      response.body,
      HasSubstr(
          R"(<button>Log in</button><span role="alert" data-duramen-error="">the name or the PIN is wrong</span>)"));
}

TEST(Login, KeepsWhatWasTypedButForThePin) {
  TestApp app{loginApp()};
  const auto response = postForm(app, loginPath(), {{"$ACTION_ID_logIn", ""}, {"name", "Ann \"A\""}, {"pin", "1"}});
  EXPECT_THAT(response.body, HasSubstr(R"(name="name" value="Ann &quot;A&quot;")"));
  EXPECT_THAT(response.body, HasSubstr(R"(<input type="password" required="" name="pin"/>)"));
}

TEST(Login, SaysWhatIsWrongBesideItsField) {
  TestApp app{loginApp()};
  const auto response = postForm(app, loginPath(), {{"$ACTION_ID_logIn", ""}, {"name", ""}, {"pin", "4711"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr(R"(<span role="alert" data-duramen-error="name">say your name</span>)"));
  EXPECT_THAT(response.body, HasSubstr(R"(<span role="alert" data-duramen-error="" hidden=""></span>)"));
}

TEST(Login, EndsWithTheLogout) {
  TestApp app{loginApp()};
  const std::string cookie = logIn(app);
  const auto response = postForm(app, homePath(), {{"$ACTION_ID_logOut", ""}}, cookie);
  EXPECT_EQ(response.status, 303);
  EXPECT_THAT(header(response, "Set-Cookie"), StartsWith("session=; Path=/; Max-Age=0"));
  EXPECT_EQ(app.get(homePath(), {.headers = {{"Cookie", cookie}}}).status, 302);
}

TEST(Login, ALogoutEndsWhatIsOpenElsewhere) {
  TestApp app{loginApp()};
  const std::string cookie = logIn(app), other = logIn(app);
  TestReader tab = app.open(homePath(), {.headers = {{"Cookie", cookie}}});
  TestReader elsewhere = app.open(homePath(), {.headers = {{"Cookie", other}}});
  EXPECT_THAT(tab.text(), HasSubstr("Hello, Ann"));
  EXPECT_EQ(postForm(app, homePath(), {{"$ACTION_ID_logOut", ""}}, cookie).status, 303);
  EXPECT_EQ(tab.status(), 302);
  EXPECT_EQ(tab.text(), "/login");
  EXPECT_EQ(tab.joins(), 2U);
  EXPECT_THAT(elsewhere.text(), HasSubstr("Hello, Ann")) << "another session of hers";
  EXPECT_EQ(elsewhere.joins(), 1U);
}

TEST(Login, NoCacheKeepsWhatTheSessionWasReadFor) {
  TestApp app{loginApp()};
  const std::string cookie = logIn(app);
  const auto kept = [&](const TestResponse& response) { return header(response, "Cache-Control"); };
  EXPECT_EQ(kept(app.get(homePath(), {.headers = {{"Cookie", cookie}}})), "no-store");
  EXPECT_EQ(kept(app.get(homePath())), "no-store") << "a guard has read it";
  EXPECT_EQ(kept(app.get(loginPath())), "private, no-cache");
  EXPECT_EQ(kept(app.get(loginPath() + "?__rsc")), "private, no-cache");
  EXPECT_EQ(kept(app.get(homePath() + "?__rsc", {.headers = {{"Cookie", cookie}}})), "no-store");
  EXPECT_EQ(kept(postForm(app, homePath(), {{"$ACTION_ID_logOut", ""}}, cookie)), "no-store");
}

TEST(Login, ACallSaysThatItsAnswerChangesCookies) {
  TestApp app{loginApp()};
  const auto loggedIn = app.post(loginPath(), "logIn", R"([{"name":"Ann","pin":"4711"}])");
  EXPECT_EQ(header(loggedIn, "Duramen-Cookies"), "changed");
  EXPECT_EQ(header(loggedIn, "Cache-Control"), "no-store");
  const auto refused = app.post(loginPath(), "logIn", R"([{"name":"Ann","pin":"1"}])");
  EXPECT_EQ(header(refused, "Duramen-Cookies"), "");
}

TEST(Login, GuardsTheLogoutToo) {
  TestApp app{loginApp()};
  const auto response = postForm(app, homePath(), {{"$ACTION_ID_logOut", ""}});
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(header(response, "Location"), "/login");
}

}  // namespace
}  // namespace login
