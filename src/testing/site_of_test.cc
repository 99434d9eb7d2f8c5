#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duramen/app.h"
#include "duramen/testing.h"

namespace duramen {
namespace {

struct Env {};
using TestContext = Context<Env>;

constexpr ClientModuleUrl editors[] = {{"/client/Editor.tsx", "/assets/Editor-1.js"}};
constexpr ClientModuleUrl others[] = {{"/client/Other.tsx", "/assets/Other-1.js"},
                                      {"/client/Editor.tsx", "/assets/Editor-2.js"}};

TEST(SiteOf, RefusesTwoBundlesThatHaveTheSameModule) {
  constexpr ClientBundle one{{}, editors}, two{{}, others};
  EXPECT_THAT([&] { TestApp{defineApp<TestContext>(client(one), client(two))}; },
              testing::ThrowsMessage<std::logic_error>(
                  "two bundles of client(...) have a module /client/Editor.tsx: only one could be shown"));
}

TEST(SiteOf, TakesOneBundleInSeveralParts) {
  constexpr ClientBundle one{{}, editors};
  EXPECT_EQ(defineApp<TestContext>(client(one), client(one)).bundles.size(), 1U);
}

}  // namespace
}  // namespace duramen
