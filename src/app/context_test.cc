#include "duramen/context.h"

#include <gtest/gtest.h>

namespace duramen {
namespace {

enum class Role { guest, admin };
struct Session {
  Role role = Role::guest;
  std::string name;
};
struct Env {};
using TestContext = Context<Env, Session>;

detail::IdentityPtr client(Role role, std::string name) {
  return std::make_shared<const detail::IdentityOf<Session>>(Session{role, std::move(name)});
}

TEST(Reads, AreTheSameForWhoeverHasEqualValues) {
  Env env;
  const auto ann = client(Role::admin, "Ann"), bob = client(Role::admin, "Bob"), eve = client(Role::guest, "Eve");
  TestContext ctx{env, ann};
  EXPECT_EQ(ctx.read(&Session::role), Role::admin);
  EXPECT_TRUE(ctx.reads().sameFor(*ann, *bob));
  EXPECT_FALSE(ctx.reads().sameFor(*ann, *eve));
}

TEST(Reads, OfNothingAreTheSameForEveryone) {
  Env env;
  const auto ann = client(Role::admin, "Ann"), eve = client(Role::guest, "Eve");
  const TestContext ctx{env, ann};
  EXPECT_TRUE(ctx.reads().sameFor(*ann, *eve));
}

TEST(Reads, OfTheWholeSessionAreOneClientsAlone) {
  Env env;
  const auto ann = client(Role::admin, "Ann"), twin = client(Role::admin, "Ann");
  TestContext ctx{env, ann};
  EXPECT_EQ(ctx.session().name, "Ann");
  EXPECT_FALSE(ctx.reads().sameFor(*ann, *twin));
  EXPECT_TRUE(ctx.reads().sameFor(*ann, *ann));
}

TEST(Reads, CountEachSlotOnce) {
  Env env;
  TestContext ctx{env, client(Role::admin, "Ann")};
  ctx.read(&Session::name);
  ctx.read(&Session::role);
  ctx.read(&Session::name);
  EXPECT_EQ(ctx.reads().size(), 2U);
}

}  // namespace
}  // namespace duramen
