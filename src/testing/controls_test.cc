// TestReader as a browser without scripts: what its clicks send, and what comes back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "duramen.h"
#include "duramen/testing.h"

namespace duramen {
namespace {

namespace html = duramen::html;
using testing::ElementsAre, testing::HasSubstr, testing::Pair, testing::ThrowsMessage;

struct Sent {
  std::string action;
  std::vector<std::pair<std::string, std::string>> fields;
};

struct Env {
  std::vector<Sent> sent;
  std::string name = "nobody";
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
struct Session {
  std::string user;
};
using Context = duramen::Context<Env, Session>;

struct Fancy {
  static constexpr ClientModule module{"/client/Fancy.tsx", "Fancy"};
  int n = 0;
};

Session sessionOf(const SessionRequest& request, Env&) { return {std::string(request.cookie("user"))}; }

void note(Context& ctx, std::string action, const FormData& form) {
  Sent sent{std::move(action), {}};
  for (const FormData::Entry& entry : form.entries()) {
    const auto* const text = std::get_if<std::string>(&entry.value);
    const auto* const file = std::get_if<File>(&entry.value);
    sent.fields.emplace_back(entry.name, text ? *text : "file " + file->name + ": " + std::string(file->bytes));
  }
  ctx.env.sent.push_back(std::move(sent));
}

void save(Context& ctx, FormData form) {
  if (form.text("title") == "forbidden") throw ActionError("that title is taken");
  note(ctx, "save", form);
}
constexpr Action<"save", save> saveAction;

void erase(Context& ctx, int number, std::string why, FormData form) {
  note(ctx, "erase " + std::to_string(number) + " " + why, form);
}
constexpr Action<"erase", erase> eraseAction;

struct Name {
  std::string name;
};
void enter(Context& ctx, Name given) {
  ctx.env.name = given.name;
  ctx.setCookie({.name = "user", .value = given.name, .maxAge = std::chrono::seconds{60}});
  ctx.redirect("/shown?as=" + given.name);
}
constexpr Action<"enter", enter> enterAction;

Node formsPage(Context& ctx) {
  return html::main(
      html::a.href("/shown?from=forms#there")("Elsewhere"), html::a.href("https://example.com/")("Away"),
      html::button.type("button")("Only a script"), html::button("Alone"),
      html::form.action(saveAction)(
          html::input.type("hidden").name("id").value("7"),
          html::input.name("title").defaultValue("A \"title\"").required(),
          html::textarea.name("text").defaultValue("one\ntwo")(),
          html::input.name("unnamed value").disabled().value("x"),
          html::input.type("checkbox").name("tag").value("red").defaultChecked(),
          html::input.type("checkbox").name("tag").value("blue"), html::input.type("radio").name("size").value("S"),
          html::input.type("radio").name("size").value("L").defaultChecked(),
          html::select.name("colour")(html::option.value("")("none"), html::option("grey"), html::option("black")),
          html::input.type("file").name("photo"), html::fieldset.disabled()(html::input.name("inside").value("x")),
          html::button.name("how").value("now")(html::span("Save"), " now"),
          html::input.type("submit").name("how").value("Save later"), html::button.disabled()("Never")),
      html::form.action(eraseAction.bind(3, std::string("a \"reason\"")))(html::button("Erase")),
      html::form.action(enterAction)
          .noValidate()(html::input.name("name").required(), html::button("Enter"),
                        html::button.formAction(eraseAction.bind(4, std::string("both")))("Erase 4")),
      html::form.id("far").action("/shown").method("get")(html::input.name("q").defaultValue("a b")),
      html::button.form("far")("Find"), html::form.action(saveAction)(Fancy{}, html::button("Fancy")),
      html::p("user: ", ctx.session().user));
}
Node shownPage(Context& ctx) { return html::main("shown to ", ctx.session().user, " ", html::a.href("./")("Back")); }
Node twicePage(Context&) { return html::main(html::button("Same"), html::a.href("/")("Same"), html::a("no link")); }
Node emptyPage(Context&) { return html::main("empty"); }
Node document(Node page) { return html::html(html::body(std::move(page))); }
constexpr Path<"/"> formsPath;
constexpr Path<"/shown"> shownPath;
constexpr Path<"/twice"> twicePath;
constexpr Path<"/empty"> emptyPath;
constexpr ClientModuleUrl modules[] = {{"/client/Fancy.tsx", "/assets/Fancy-TEST.js"}};
constexpr ClientBundle bundle{{}, modules};

App<Context> formsApp() {
  return defineApp<Context>(session(sessionOf), realtimeRoute(&Env::realtime), client<Fancy>(bundle),
                            actions(saveAction, eraseAction, enterAction),
                            render(document, route(formsPath, formsPage), route(shownPath, shownPage),
                                   route(twicePath, twicePage), route(emptyPath, emptyPage)));
}

class TestReaderForms : public testing::Test {
 protected:
  TestReader open(std::string_view link = "/") { return app.open(link); }
  static auto says(const std::string& sentence) { return ThrowsMessage<std::runtime_error>(sentence); }
  Env env;
  TestApp app{formsApp(), env};
};

TEST_F(TestReaderForms, AButtonSendsItsFormAsItStands) {
  TestReader ann = open();
  ann.click("Save now");
  ASSERT_EQ(env.sent.size(), 1U);
  EXPECT_EQ(env.sent[0].action, "save");
  EXPECT_THAT(env.sent[0].fields,
              ElementsAre(Pair("id", "7"), Pair("title", "A \"title\""), Pair("text", "one\r\ntwo"), Pair("tag", "red"),
                          Pair("size", "L"), Pair("colour", ""), Pair("photo", "file : "), Pair("how", "now")));
  EXPECT_EQ(ann.link(), "/");
  EXPECT_EQ(ann.status(), 200);
}

TEST_F(TestReaderForms, GivenFieldsTakeThePlaceOfThoseThatStand) {
  TestReader ann = open();
  ann.click("Save later", {{"tag", "blue"},
                           {"tag", "red"},
                           {"title", "new"},
                           {"size", "S"},
                           {"colour", "black"},
                           {"photo", File{"a.png", "image/png", "bytes"}}});
  ASSERT_EQ(env.sent.size(), 1U);
  EXPECT_THAT(env.sent[0].fields,
              ElementsAre(Pair("id", "7"), Pair("title", "new"), Pair("text", "one\r\ntwo"), Pair("tag", "blue"),
                          Pair("tag", "red"), Pair("size", "S"), Pair("colour", "black"),
                          Pair("photo", "file a.png: bytes"), Pair("how", "Save later")));
  ann.click("Save now", {{"tag", ""}});
  EXPECT_THAT(env.sent.back().fields, testing::Not(testing::Contains(Pair("tag", testing::_))));
}

TEST_F(TestReaderForms, AnActionsBoundArgumentsGoWithIts) {
  TestReader ann = open();
  ann.click("Erase");
  EXPECT_EQ(env.sent.back().action, "erase 3 a \"reason\"");
  EXPECT_THAT(env.sent.back().fields, testing::IsEmpty());
  ann.click("Erase 4", {{"name", "x"}});
  EXPECT_EQ(env.sent.back().action, "erase 4 both") << "the button's own action goes before its form's";
  EXPECT_THAT(env.sent.back().fields, ElementsAre(Pair("name", "x")));
}

TEST_F(TestReaderForms, ItsAnswersCookiesAndRedirectsAreABrowsers) {
  TestReader ann = open(), bob = open();
  ann.submit("enter", {{"name", "Ann"}});
  EXPECT_EQ(ann.link(), "/shown?as=Ann");
  EXPECT_EQ(ann.text(), "shown to Ann Back");
  ann.click("Back");
  EXPECT_THAT(ann.text(), HasSubstr("user: Ann"));
  EXPECT_THAT(bob.text(), testing::Not(HasSubstr("Ann"))) << "another browser";
  app.advance(std::chrono::seconds{61});
  ann.click("Erase");
  EXPECT_THAT(ann.text(), testing::Not(HasSubstr("Ann"))) << "the cookie has expired";
}

TEST_F(TestReaderForms, AFormThatFailsShowsWhy) {
  TestReader ann = open();
  ann.click("Save now", {{"title", "forbidden"}});
  EXPECT_EQ(ann.status(), 400);
  EXPECT_THAT(ann.text(), HasSubstr("that title is taken"));
  EXPECT_TRUE(env.sent.empty());
  ann.reconnect();
  ann.click("Erase");
  EXPECT_EQ(env.sent.size(), 1U);
}

TEST_F(TestReaderForms, ALinkIsNavigatedTo) {
  TestReader ann = open();
  ann.click("Elsewhere");
  EXPECT_EQ(ann.link(), "/shown?from=forms");
  EXPECT_THAT(ann.text(), HasSubstr("shown to"));
  ann.click(" Back ");
  EXPECT_EQ(ann.link(), "/");
}

TEST_F(TestReaderForms, AFormByGetIsNavigatedTo) {
  TestReader ann = open();
  ann.click("Find", {{"q", "1 + 1 = \u00e9"}});
  EXPECT_EQ(ann.link(), "/shown?q=1+%2B+1+%3D+%C3%A9");
}

TEST_F(TestReaderForms, ErrorsNameWhatIsOnThePage) {
  TestReader ann = open(), twice = open("/twice"), none = open("/empty");
  EXPECT_THAT([&] { none.click("Create"); }, says("the page has no button and no link \"Create\"; it has: none"));
  EXPECT_THAT([&] { twice.click("Create"); },
              says("the page has no button and no link \"Create\"; it has: the button \"Same\", the link \"Same\""));
  EXPECT_THAT([&] { twice.click("Same"); },
              says("the page has 2 buttons or links \"Same\": an aria-label would tell them apart, for people too"));
  EXPECT_THAT([&] { ann.click("Only a script"); }, says("\"Only a script\" sends no form: what it does is a script's"));
  EXPECT_THAT([&] { ann.click("Alone"); }, says("\"Alone\" stands in no form"));
  EXPECT_THAT([&] { ann.click("Never"); }, says("\"Never\" is disabled"));
  EXPECT_THAT([&] { ann.click("Away"); }, says("\"https://example.com/\" leads away from the app"));
  EXPECT_THAT([&] { ann.submit("rename"); },
              says("the page has no form for \"rename\"; it has forms for: \"save\", \"erase\", \"enter\", \"save\", "
                   "\"erase\""));
  EXPECT_THAT([&] { ann.submit("erase"); },
              says("the page has 2 forms for \"erase\": click() the button of the one that is meant"));
  EXPECT_THAT(
      [&] { ann.click("Save now", {{"titel", "x"}}); },
      says("the form has no field \"titel\"; it has: \"id\", \"title\", \"text\", \"tag\", \"size\", \"colour\", "
           "\"photo\""));
  EXPECT_THAT([&] { ann.click("Save now", {{"size", "XL"}}); },
              says("the field \"size\" has no \"XL\" to choose; it has: \"S\", \"L\""));
  EXPECT_THAT([&] { ann.click("Save now", {{"photo", "me"}}); }, says("the field \"photo\" takes a File"));
  EXPECT_THAT([&] { ann.click("Save now", {{"title", ""}}); },
              says("a browser does not send the form: its field \"title\" is required"));
  EXPECT_TRUE(env.sent.empty());
}

TEST_F(TestReaderForms, AFieldOfAComponentMayBeGiven) {
  TestReader ann = open();
  ann.click("Fancy", {{"written", "by the component"}});
  ASSERT_EQ(env.sent.size(), 1U);
  EXPECT_THAT(env.sent[0].fields, ElementsAre(Pair("written", "by the component")));
}

}  // namespace
}  // namespace duramen
