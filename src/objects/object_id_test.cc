#include "objects/object_id.h"

#include <gtest/gtest.h>

namespace duramen::objects {
namespace {

// printf notes | sha256sum; HMACs by Python's hmac module.
TEST(ObjectIdOfAName, IsTheMacOfTheNameAndTheMacOfThat) {
  EXPECT_EQ(idFromName(namespaceKey("notes"), "n1").toString(),
            "53e1f08773b5f494112f0d707800383d26de763d383816cf64e76f8f423c8173");
}

TEST(ObjectIdOfAName, IsAlwaysTheSameAndDiffersByNameAndNamespace) {
  const NamespaceKey notes = namespaceKey("notes"), lists = namespaceKey("lists");
  EXPECT_EQ(idFromName(notes, "a"), idFromName(notes, "a"));
  EXPECT_NE(idFromName(notes, "a"), idFromName(notes, "b"));
  EXPECT_NE(idFromName(notes, "a"), idFromName(lists, "a"));
  EXPECT_NE(idFromName(notes, ""), idFromName(notes, std::string_view{"\0", 1}));
}

TEST(ObjectIdOfAName, ShowsWhichNamespaceMadeIt) {
  const NamespaceKey notes = namespaceKey("notes"), lists = namespaceKey("lists");
  ObjectId id = idFromName(notes, "a");
  EXPECT_TRUE(belongsTo(id, notes));
  EXPECT_FALSE(belongsTo(id, lists));
  id.bytes[3] ^= 1;
  EXPECT_FALSE(belongsTo(id, notes));
}

}  // namespace
}  // namespace duramen::objects
