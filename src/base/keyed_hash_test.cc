#include "duramen/keyed_hash.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/json.h"
#include "base/last_fields.h"
#include "base/siphash.h"
#include "base/testing/colliding.h"
#include "duramen/id.h"
#include "duramen/key.h"

namespace duramen {
namespace {

constexpr std::size_t count = 2000;

// Counts how often two texts are compared: the work of a hash table.
struct Counting {
  std::size_t* compared;
  bool operator()(std::string_view a, std::string_view b) const {
    ++*compared;
    return a == b;
  }
};

template <class Hash>
std::size_t comparedIn(const std::vector<std::string>& texts) {
  std::size_t compared = 0;
  std::unordered_map<std::string, int, Hash, Counting> table(0, Hash{}, Counting{&compared});
  for (const std::string& text : texts) table.emplace(text, 0);
  for (const std::string& text : texts) EXPECT_TRUE(table.contains(text));
  return compared;
}

TEST(SipHash, IsThatOfItsAuthors) {
  SipKey key;
  std::string bytes(16, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  std::memcpy(&key, bytes.data(), sizeof key);
  EXPECT_EQ((sipHash<2, 4>(key, std::string_view{bytes}.substr(0, 15))), 0xa129ca6149be45e5);
  EXPECT_EQ((sipHash<2, 4>(key, "")), 0x726fdb47dd0e0e31);
}

TEST(CollidingTexts, AreOfOneBucketOfStdHash) {
  const auto texts = testing::collidingTexts(count);
  for (const std::string& text : texts) EXPECT_EQ(std::hash<std::string>{}(text), std::hash<std::string>{}(texts[0]));
  EXPECT_GT(comparedIn<std::hash<std::string>>(texts), count * count / 2);
}

TEST(KeyedHash, SpreadsTextsOfOneBucketOfStdHash) {
  EXPECT_LT(comparedIn<KeyedHash>(testing::collidingTexts(count)), 8 * count);
}

TEST(KeyedHash, SpreadsNumbersOfOneRemainder) {
  KeyedMap<std::uint64_t, int> table(count);
  std::unordered_map<std::uint64_t, int> plain(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    table.emplace(i * plain.bucket_count(), 0);
    plain.emplace(i * plain.bucket_count(), 0);
  }
  const auto fullest = [](const auto& of) {
    std::size_t most = 0;
    for (std::size_t bucket = 0; bucket < of.bucket_count(); ++bucket) most = std::max(most, of.bucket_size(bucket));
    return most;
  };
  EXPECT_LT(fullest(table), 30u);
  EXPECT_EQ(fullest(plain), count);
}

TEST(KeyedHash, SpreadsKeysAndIdsOfObjects) {
  struct NoteKey : Key<NoteKey> {
    using Key::Key;
  };
  const auto texts = testing::collidingTexts(2);
  EXPECT_NE(std::hash<NoteKey>{}(NoteKey{texts[0]}), std::hash<NoteKey>{}(NoteKey{texts[1]}));
  ObjectId id;
  id.bytes[0] = 1;
  EXPECT_NE(std::hash<ObjectId>{}(id), id.word());
}

TEST(KeepLastFields, IsLinearForNamesOfOneBucketOfStdHash) {
  std::size_t compared = 0;
  Value::Object object;
  for (const std::string& name : testing::collidingTexts(count)) object.push_back({name, {}});
  const Value::Object again = object;
  object.insert(object.end(), again.begin(), again.end());
  keepLastFields(object, Counting{&compared});
  EXPECT_EQ(object.size(), count);
  EXPECT_LT(compared, 8 * count);
}

TEST(ParseJson, ReadsNamesOfOneBucketOfStdHash) {
  const auto names = testing::collidingTexts(count);
  std::string json = "{";
  for (const int value : {1, 2})
    for (const std::string& name : names)
      ((json += json.size() > 1 ? ",\"" : "\"") += name) += "\":" + std::to_string(value);
  const auto value = parseJson(json + "}");
  ASSERT_TRUE(value);
  const auto& object = std::get<Value::Object>(value->is);
  ASSERT_EQ(object.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(object[i], (ValueField{names[i], {std::int64_t{2}}}));
}

// An app's own table of what a stranger sends.
TEST(Decode, RefusesKeysThatMeetInOneBucket) {
  Value::List items, pairs;
  for (const std::string& text : testing::collidingTexts(count)) {
    items.push_back({text});
    pairs.push_back({Value::List{{text}, {std::int64_t{1}}}});
  }
  const Value::List arguments{{items}, {pairs}};
  const auto sets = detail::decodeArguments<std::unordered_set<std::string>, Value>(arguments, "call");
  ASSERT_FALSE(sets);
  EXPECT_EQ(describe(sets.error()), "call, argument 1: expected items of different hashes, got many of one");
  const auto maps = detail::decodeArguments<Value, std::unordered_map<std::string, int>>(arguments, "call");
  ASSERT_FALSE(maps);
  EXPECT_EQ(describe(maps.error()), "call, argument 2: expected keys of different hashes, got many of one");
  EXPECT_TRUE((detail::decodeArguments<std::set<std::string>, KeyedMap<std::string, int>>(arguments, "call")));
}

TEST(Decode, TakesKeysThatSpread) {
  Value::List items;
  for (std::int64_t i = 0; i < 5000; ++i) items.push_back({"key " + std::to_string(i)});
  const Value::List arguments{{items}};
  const auto set = detail::decodeArguments<std::unordered_set<std::string>>(arguments, "call");
  ASSERT_TRUE(set);
  EXPECT_EQ(std::get<0>(*set).size(), 5000u);
}

}  // namespace
}  // namespace duramen
