#include "duramen/sealed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/seals.h"

namespace duramen {
namespace {

const Seals seals{std::string(32, 'k')};

TEST(Seals, OpenWhatTheySealedForThatPlace) {
  const std::string sealed = seals.seal("delete", 0, "\"n1\"");
  EXPECT_EQ(seals.open("delete", 0, sealed), "\"n1\"");
}

TEST(Seals, RefuseWhatWasChangedOrBelongsElsewhere) {
  const std::string sealed = seals.seal("delete", 0, "\"n1\"");
  EXPECT_FALSE(seals.open("delete", 1, sealed));
  EXPECT_FALSE(seals.open("deleteAll", 0, sealed));
  EXPECT_FALSE(Seals{std::string(32, 'x')}.open("delete", 0, sealed));
  EXPECT_FALSE(seals.open("delete", 0, ""));
  EXPECT_FALSE(seals.open("delete", 0, sealed.substr(0, 43)));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(seals.open("delete", 0, changed)) << at;
  }
}

// "1 delete 2" and "delete 1 2" are texts of different places.
TEST(Seals, KeepPlacesApart) { EXPECT_NE(seals.seal("a 1", 2, "x"), seals.seal("a", 12, "x")); }

TEST(Seals, NeedALongKey) { EXPECT_THROW(Seals{"short"}, std::invalid_argument); }

TEST(Sealed, IsDecodedFromNothingThatABrowserSends) {
  const Value text{"\"n1\""}, opened{OpenedValue{{Value{"n1"}}}};
  EXPECT_FALSE(detail::decode<Sealed<std::string>>(&text, "key"));
  EXPECT_EQ(**detail::decode<Sealed<std::string>>(&opened, "key"), "n1");
}

}  // namespace
}  // namespace duramen
