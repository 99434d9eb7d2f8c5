#include "duramen/merged_text.h"

#include <gmock/gmock.h>

#include <random>

#include "duramen/durable_object.h"
#include "loop/manual_loop.h"
#include "objects/committer.h"
#include "objects/memory_store.h"
#include "objects/object_id.h"
#include "objects/object_memory.h"

namespace duramen {
namespace {

using ::testing::HasSubstr;

// A text in the storage of an object that is not there.
class AMergedText : public ::testing::Test {
 protected:
  AMergedText() { open(); }

  // As after the object has left memory: what is stored is all there is.
  void open() {
    if (memory_) {
      memory_->handOver();
      loop_.run();
    }
    text_.reset();
    storage_.reset();
    const ObjectId id = objects::idFromName(objects::namespaceKey("notes"), "n1");
    memory_ = std::make_unique<objects::ObjectMemory>(objects::ObjectMemory::Owner{"notes", "n1", id}, committer_,
                                                      loop_, wallSeconds_, [](const objects::StoreFailure&) {});
    memory_->fill(*store_.load(id));
    storage_ = std::make_unique<Storage>(*memory_);
    text_ = std::make_unique<MergedText>(*storage_, "text");
  }
  Revision save(std::string content) { return text_->save(std::move(content), std::nullopt); }
  Revision save(std::string content, std::int64_t base, std::string edit) {
    return text_->save(std::move(content), Base{base, std::move(edit)});
  }
  std::string refusal(std::string content, std::optional<Base> base = {}) {
    try {
      (void)text_->save(std::move(content), std::move(base));
      return "taken";
    } catch (const TextRefused& error) {
      return error.what();
    }
  }

  std::int64_t now_ = 1'000'000;
  const std::function<std::int64_t()> wallSeconds_ = [this] { return now_; };
  loop::ManualLoop loop_;
  objects::MemoryStore store_;
  objects::InlineCommitter committer_{store_};
  std::unique_ptr<objects::ObjectMemory> memory_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<MergedText> text_;
};

void expectRevision(const Revision& revision, std::string_view content, std::int64_t number, bool merged = true) {
  EXPECT_TRUE(revision.content == content) << revision.content.substr(0, 200);
  EXPECT_EQ(revision.number, number);
  EXPECT_EQ(revision.merged, merged);
}

TEST_F(AMergedText, IsEmptyAndOfNumberZeroBeforeTheFirstSaveAndStoresNothing) {
  expectRevision(text_->latest(), "", 0);
  EXPECT_TRUE(storage_->list().empty());
}

TEST_F(AMergedText, IsReplacedByASaveWithoutABase) {
  expectRevision(save("one"), "one", 1);
  expectRevision(save("two"), "two", 2);
  expectRevision(text_->latest(), "two", 2);
}

TEST_F(AMergedText, TakesASaveOfTheLatestRevisionAsItIs) {
  expectRevision(save("one", 0, "e1"), "one", 1);
  expectRevision(save("one two", 1, "e2"), "one two", 2);
}

TEST_F(AMergedText, MergesASaveOfAnOlderRevisionWithWhatOthersSavedSince) {
  save("title\nbody\n");
  save("title\nbody\nAlice was here\n", 1, "alice");
  expectRevision(save("TITLE\nbody\n", 1, "bob"), "TITLE\nbody\nAlice was here\n", 3);
}

TEST_F(AMergedText, PutsTheirInsertionFirstAtEqualPlacesAndMergesByCodePoints) {
  save("\xf0\x9f\x98\x80");                                   // 😀
  save("\xf0\x9f\x98\x80\xf0\x9f\x98\x82", 1, "alice");       // 😀😂
  expectRevision(save("\xf0\x9f\x98\x80\xc3\xa9", 1, "bob"),  // 😀é
                 "\xf0\x9f\x98\x80\xf0\x9f\x98\x82\xc3\xa9", 3);
}

TEST_F(AMergedText, CountsAnEditThatIsSentAgainOnce) {
  save("note");
  expectRevision(save("note hello", 1, "e1"), "note hello", 2);
  save("note hello you", 2, "e2");
  expectRevision(save("note hello", 1, "e1"), "note hello you", 3);
  open();
  expectRevision(save("note hello", 1, "e1"), "note hello you", 3);
}

TEST_F(AMergedText, KnowsAnEditAgainThatChangedNothing) {
  save("a");
  save("ab", 1, "alice");
  expectRevision(save("ab", 2, "bob"), "ab", 2);
  save("abc", 2, "alice2");
  expectRevision(save("ab", 2, "bob"), "abc", 3);
}

TEST_F(AMergedText, KeepsEditIdsForADay) {
  save("x", 0, "old");
  now_ += 24 * 60 * 60;
  save("xy", 1, "e2");
  expectRevision(save("x", 0, "old"), "xy", 2);
  now_ += 2;
  save("xyz", 2, "e3");
  expectRevision(save("+", 0, "old"), "xyz+", 4);  // no longer known: a new edit
}

TEST_F(AMergedText, KeepsAtMost4096EditIds) {
  save("x", 0, "first");
  for (int i = 0; i < 4096; ++i) save("x", 1, "e" + std::to_string(i));
  expectRevision(save("x", 0, "e0"), "x", 1);
  expectRevision(save("y", 0, "first"), "xy", 2);
  EXPECT_LE(storage_->list("text#e").size(), MergedText::maxEditIds);
}

TEST_F(AMergedText, MergesNothingOfABaseThatIsNotKnown) {
  save("one");
  expectRevision(save("other", 7, "e1"), "one", 1, false);
  expectRevision(save("other", -1, "e1"), "one", 1, false);
  expectRevision(save("one two", 1, "e1"), "one two", 2);  // its id was not used up
}

TEST_F(AMergedText, ForgetsOldRevisionsWithinItsLimits) {
  save("start");
  std::string content, before;
  for (int i = 0; i < 40; ++i) {
    before = std::move(content);
    content = std::string(20'000, static_cast<char>('a' + i % 26));
    save(content);
  }
  expectRevision(save("start!", 1, "late"), content, 41, false);
  expectRevision(save(before + "!", 40, "recent"), content + "!", 42);
  std::size_t bytes = 0;
  for (const std::string& key : storage_->list("text#r")) bytes += storage_->getBytes(key)->size();
  EXPECT_LE(bytes, MergedText::maxRevisionBytes);
}

TEST_F(AMergedText, IsTheSameWhenItIsReadAgain) {
  std::mt19937 random{3};
  std::string content;
  for (int i = 1; i <= 2000; ++i) {
    content.insert(random() % (content.size() + 1), "word ");
    if (content.size() > 500) content.erase(random() % 400, 37);
    save(content, i - 1, "e" + std::to_string(i));
    if (i % 97 == 0) open();
    ASSERT_EQ(text_->latest().content, content);
    ASSERT_EQ(text_->latest().number, i);
  }
}

TEST_F(AMergedText, IsGoneWhenAllOfItsObjectIsDeleted) {
  save("one", 0, "e1");
  storage_->deleteAll();
  expectRevision(text_->latest(), "", 0);
  expectRevision(save("two", 0, "e1"), "two", 1);
  open();
  expectRevision(text_->latest(), "two", 1);
}

TEST_F(AMergedText, RefusesWhatIsNoTextAndStaysAsItWas) {
  save("one");
  EXPECT_EQ(refusal("ab\xff"), "the text is not UTF-8: byte 2 cannot be read");
  EXPECT_EQ(refusal("\xed\xa0\x80"), "the text is not UTF-8: byte 0 cannot be read");  // half a surrogate pair
  EXPECT_EQ(refusal(std::string(MergedText::maxTextBytes + 1, 'x')),
            "the text has 1048577 bytes: at most 1048576 were expected");
  EXPECT_THAT(refusal("two", Base{1, ""}), HasSubstr("an id of 1 to 64 bytes"));
  EXPECT_THAT(refusal("two", Base{1, std::string(65, 'e')}), HasSubstr("an id of 1 to 64 bytes"));
  expectRevision(text_->latest(), "one", 1);
}

TEST_F(AMergedText, TakesAMebibyteAndRefusesAMergeBeyondIt) {
  const std::string nearly(MergedText::maxTextBytes - 1, 'x');
  save(nearly);
  expectRevision(save(nearly + "a", 1, "e1"), nearly + "a", 2);
  EXPECT_THAT(refusal(nearly + "b", Base{1, "e2"}), HasSubstr("the text has 1048577 bytes with what others saved"));
  open();
  expectRevision(text_->latest(), nearly + "a", 2);
}

// Two who type without waiting for each other, each with one save in flight: all that either typed is there.
TEST_F(AMergedText, LosesNothingOfTwoWhoTypeAtOnce) {
  struct Typist {
    std::string shown;
    std::int64_t base = 0;
    std::string word;
  };
  Typist alice{.shown = "", .word = "alice "}, bob{.shown = "", .word = "bob "};
  const auto turn = [&](Typist& who, int i) {
    const Revision answer = save(who.shown + who.word, who.base, who.word + std::to_string(i));
    ASSERT_TRUE(answer.merged);
    who.shown = answer.content;
    who.base = answer.number;
  };
  for (int i = 0; i < 200; ++i) {
    turn(alice, i);
    turn(bob, i);
  }
  const std::string content = text_->latest().content;
  std::size_t alices = 0;
  for (std::size_t at = content.find("alice "); at != content.npos; at = content.find("alice ", at + 1)) ++alices;
  EXPECT_EQ(alices, 200U);
  EXPECT_EQ(content.size(), 200U * 10);
}

}  // namespace
}  // namespace duramen
