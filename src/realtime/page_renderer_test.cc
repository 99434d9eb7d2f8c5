#include "realtime/page_renderer.h"

#include <gmock/gmock.h>

#include "base/task_set.h"
#include "loop/manual_loop.h"

namespace duramen::realtime {
namespace {

// Has one page, which reads these objects.
class OnePage final : public app::Site {
 public:
  void open(objects::Objects&, Groups&, const Seals&) override {}
  Task<detail::IdentityPtr> identify(Request) override { co_return nullptr; }
  Task<Verdict> mayJoin(detail::IdentityPtr, std::string) override { co_return Verdict::allow(); }
  Task<app::Page> page(std::string, detail::IdentityPtr, detail::FormFailure*) override {
    const Scope& scope = co_await detail::CurrentScope{};
    for (const ObjectId& object : reads) scope.tracker->reads(object);
    app::Page page;
    page.node = node;
    co_return page;
  }
  Task<std::string> stream(std::string, detail::IdentityPtr, app::PageSink&) override { co_return std::string{}; }
  Task<Verdict> mayView(std::string, detail::IdentityPtr) override { co_return Verdict::allow(); }
  Task<app::Outcome> act(std::string, app::CallArguments, detail::IdentityPtr, const bool*, bool) override {
    co_return app::Outcome{};
  }
  bool runsConcurrently(std::string_view) const override { return false; }
  bool hasAction(std::string_view) const override { return false; }
  std::span<const ClientBundle* const> bundles() const override { return {}; }
  Node document() override { return nullptr; }
  std::string_view realtimeNamespace() const override { return {}; }

  Node node{"text"};
  std::vector<ObjectId> reads;
};

class APageRenderer : public ::testing::Test {
 protected:
  Rendered render(RenderedPtr last = nullptr) {
    Rendered rendered;
    tasks_.spawn([](PageRenderer& by, RenderedPtr before, Rendered& into) -> Task<void> {
      into = co_await by.render("/", nullptr, std::move(before));
    }(renderer_, std::move(last), rendered));
    loop_.run();
    return rendered;
  }

  loop::ManualLoop loop_;
  OnePage site_;
  const Seals seals_ = Seals::random();
  const SiteReferences references_{site_, seals_, false};
  PageRenderer renderer_{site_, references_};
  TaskSet tasks_{loop_};
};

TEST_F(APageRenderer, TellsWhatAPageReadInOrderAndEachOnce) {
  ObjectId first, second;
  first.bytes[0] = 1;
  second.bytes[0] = 2;
  site_.reads = {second, first, second, first};
  EXPECT_THAT(render().dependencies, ::testing::ElementsAre(first, second));
}

TEST_F(APageRenderer, SharesTheBytesOfAnEqualPage) {
  const auto first = std::make_shared<const Rendered>(render());
  EXPECT_EQ(render(first).bytes, first->bytes);
  site_.node = Node{"other text"};
  EXPECT_NE(*render(first).bytes, *first->bytes);
}

TEST_F(APageRenderer, OfAPageThatCannotBeEncodedIsAPageOfStatus500) {
  site_.node = Node{"\xff"};
  const Rendered rendered = render();
  EXPECT_EQ(rendered.status, 500);
  EXPECT_THAT(rendered.fault, ::testing::HasSubstr("text is not UTF-8"));
  EXPECT_FALSE(rendered.bytes->empty());
}

}  // namespace
}  // namespace duramen::realtime
