#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duramen.h"
#include "duramen/testing.h"

namespace duramen {
namespace {

using testing::HasSubstr, testing::Not;

struct Env {
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using Ctx = Context<Env>;

struct Fields {
  std::string name;
};
Task<void> rename(Ctx&, std::string item, Fields fields) {
  if (fields.name.empty()) throw ActionError("name", "say a name for " + item);
  if (fields.name == "broken") throw std::runtime_error("a secret");
  throw ActionError("no: " + item);
}
constexpr Action<"rename", rename> renameAction;
Task<void> erase(Ctx&) { throw ActionError("kept"); }
constexpr Action<"erase", erase> eraseAction;
Task<void> refused(Ctx&) { co_return; }
constexpr Action<"refused", refused> refusedAction;

Node row(Ctx& ctx, std::string item) {
  const auto rename = renameAction.bind(item);
  return html::form.action(rename)(html::input.name("name").defaultValue(item), html::formError(ctx.errorOf(rename)),
                                   html::button.formAction(eraseAction)("Erase"));
}
Node list(Ctx& ctx) { return html::main(row(ctx, "a"), row(ctx, "b"), html::formError(ctx.errorOf(eraseAction))); }
Node silent(Ctx&) { return html::form.action(eraseAction)(html::button("Erase")); }
Node plain(Ctx& ctx) {
  const FormError error = ctx.errorOf(refusedAction);
  return html::form.action(refusedAction)(html::p(error ? error.message() : "nothing"));
}

constexpr Path<"/"> listPath;
constexpr Path<"/silent"> silentPath;
constexpr Path<"/plain"> plainPath;

App<Ctx> app() {
  return defineApp<Ctx>(
      realtimeRoute(&Env::realtime),
      actions(renameAction, eraseAction, guarded([](Ctx&) { return Verdict::refuse("not today"); }, refusedAction)),
      render([](Node page) -> Node { return html::body(std::move(page)); }, route(listPath, list),
             route(silentPath, silent), route(plainPath, plain)));
}

using Parts = std::vector<std::pair<std::string, std::string>>;
TestResponse post(TestApp& app, std::string path, const Parts& parts) {
  Request request{.method = "POST", .path = std::move(path)};
  std::string body;
  for (const auto& [name, value] : parts)
    body += "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  request.body = body + "--x--\r\n";
  request.headers = {
      {"Content-Type", "multipart/form-data; boundary=x"}, {"Host", "app.test"}, {"Origin", "http://app.test"}};
  return app.request(request);
}
Parts renameOf(const std::string& item, const std::string& name) {
  return {{"$ACTION_REF_2", ""},
          {"$ACTION_2:0", R"({"id":"rename","bound":"$@1"})"},
          {"$ACTION_2:1", "[\"" + item + "\"]"},
          {"name", name}};
}
std::string shown(std::string_view message) {
  return R"(<span role="alert" data-duramen-error="">)" + std::string(message) + "</span>";
}
constexpr std::string_view hidden = R"(<span role="alert" data-duramen-error="" hidden=""></span>)";

TEST(FormError, StandsInTheFormWithTheSameBoundArguments) {
  TestApp testApp{app()};
  const auto response = post(testApp, "/", renameOf("b", "c"));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr(R"(name="name" value="a"/>)" + std::string(hidden)));
  EXPECT_THAT(response.body, HasSubstr(R"(name="name" value="c"/>)" + shown("no: b")));
}

TEST(FormError, OfAFieldIsShownByTheFormWhereNoElementIsForTheField) {
  TestApp testApp{app()};
  EXPECT_THAT(post(testApp, "/", renameOf("b", "")).body, HasSubstr(shown("say a name for b")));
}

TEST(FormError, HoldsNoWordOfAFault) {
  TestApp testApp{app()};
  const auto response = post(testApp, "/", renameOf("a", "broken"));
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr(shown("the action failed")));
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
}

TEST(FormError, OfAButtonKeepsWhatWasTypedIntoItsForm) {
  TestApp testApp{app()};
  Parts parts = renameOf("a", "typed");
  parts.emplace_back("$ACTION_ID_erase", "");
  const auto response = post(testApp, "/", parts);
  EXPECT_THAT(response.body, HasSubstr(shown("kept")));
  EXPECT_THAT(response.body, HasSubstr(R"(name="name" value="typed"/>)" + std::string(hidden)));
}

TEST(FormError, HasAPageOfItsOwnWhereThePageDoesNotShowIt) {
  TestApp testApp{app()};
  const auto response = post(testApp, "/silent", {{"$ACTION_ID_erase", ""}});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("<h1>This was not done</h1><p>kept</p>"));
}

TEST(FormError, TellsAPageThatAsksItselfWhatAGuardSaid) {
  TestApp testApp{app()};
  EXPECT_THAT(testApp.get("/plain").body, HasSubstr("<p>nothing</p>"));
  const auto response = post(testApp, "/plain", {{"$ACTION_ID_refused", ""}});
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.body, HasSubstr("<p>refused: not today</p>"));
}

TEST(FormError, IsInNoOtherPage) {
  TestApp testApp{app()};
  TestReader reader = testApp.open("/");
  post(testApp, "/", renameOf("b", "c"));
  EXPECT_THAT(testApp.get("/").body, Not(HasSubstr("no: b")));
}

TEST(FormError, NamesItsFieldToTheBrowserThatCalledByPost) {
  TestApp testApp{app()};
  const auto response = testApp.post("/", "rename", R"(["b",{"name":""}])");
  EXPECT_THAT(response.body, HasSubstr(R"(10000000:E{"digest":"rename: say a name for b","stack":[],"env":""})"));
  EXPECT_THAT(response.body, HasSubstr(R"(0:{"node":"$1","actionResult":"$@10000000","errorField":"name"})"));
}

}  // namespace
}  // namespace duramen
