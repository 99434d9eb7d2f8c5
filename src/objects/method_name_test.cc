#include "duramen/method_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duramen {
namespace shop {

struct Cart {
  void add(int) {}
  int count() const noexcept { return 0; }
};
template <class Goods>
struct Shelf {
  void put(Goods) {}
};

}  // namespace shop

namespace {

struct Unnamed {
  void method() {}
};

TEST(MethodName, IsThatOfTheClassAndTheMethodWithoutNamespaces) {
  EXPECT_EQ(detail::methodName<&shop::Cart::add>, "Cart::add");
  EXPECT_EQ(detail::methodName<&shop::Cart::count>, "Cart::count");
  EXPECT_EQ(detail::methodName<&Unnamed::method>, "Unnamed::method");
}

TEST(MethodName, KeepsTheArgumentsOfATemplateWhole) {
  EXPECT_EQ(detail::methodName<&shop::Shelf<int>::put>, "Shelf<int>::put");
  EXPECT_EQ(detail::methodName<&shop::Shelf<shop::Cart>::put>, "Shelf<duramen::shop::Cart>::put");
  // Compilers differ in a space at the end.
  EXPECT_THAT(detail::methodName<&shop::Shelf<shop::Shelf<shop::Cart>>::put>,
              testing::StartsWith("Shelf<duramen::shop::Shelf<duramen::shop::Cart>"));
}

}  // namespace
}  // namespace duramen
