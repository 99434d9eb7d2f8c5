#include "realtime/views.h"

#include <gtest/gtest.h>

#include "loop/manual_loop.h"

namespace duramen::realtime {
namespace {

class NoPages final : public Renderer {
 public:
  Task<Rendered> render(std::string, detail::IdentityPtr, RenderedPtr) override { co_return Rendered{}; }
  Task<Verdict> mayView(std::string, detail::IdentityPtr) override { co_return Verdict::allow(); }
};

class NobodyListens final : public PassListener {
 public:
  std::uint64_t nextVersion() override { return 1; }
  void passed(View&, Rendered) override {}
  void missed(View&, std::string_view) override {}
  const Log& log() const override { return log_; }

 private:
  Log log_;
};

// A key may live for as long as its server, and each of its clients may name any number of links.
TEST(Views, KeepNothingOfALinkThatNobodyLooksAt) {
  loop::ManualLoop loop;
  NoPages renderer;
  NobodyListens listener;
  const PassLimits limits;
  Views views{loop, renderer, limits, listener, ByteBudget{SIZE_MAX}};
  const auto nobody = std::make_shared<const detail::IdentityOf<int>>(0);
  View& first = views.add("/a", nobody);
  View& second = views.add("/a", nobody);
  views.retire(first);
  EXPECT_FALSE(views.empty());
  views.retire(second);
  EXPECT_TRUE(views.empty());
  EXPECT_EQ(views.size(), 0U);
  loop.run();
}

}  // namespace
}  // namespace duramen::realtime
