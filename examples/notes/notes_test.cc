#include "notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "duramen/testing.h"

namespace notes {
namespace {

using duramen::Base, duramen::Revision, duramen::TestApp, duramen::TestCallFailed, duramen::TestReader;
using std::chrono::milliseconds;

const std::string first = notePath(NoteKey{"n1"});

Base from(const Revision& revision, std::string edit) { return {revision.number, std::move(edit)}; }

// The keys of the notes that a page lists.
std::vector<std::string> items(const std::string& page) {
  constexpr std::string_view begin = "<span class=\"key\">";
  std::vector<std::string> keys;
  for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    keys.push_back(page.substr(at, page.find('<', at) - at));
  }
  return keys;
}

// begin test
TEST(Notes, SavingShowsTheTextToEveryOtherReader) {
  TestApp app{notesApp()};
  TestReader alice = app.open(notePath(NoteKey{"n1"})), bob = app.open(notePath(NoteKey{"n1"}));
  alice.call(alice.find<Editor>().save, "hello", std::nullopt);
  EXPECT_EQ(bob.find<Editor>().text.content, "hello");
}
// end test

TEST(Notes, ANoteThatDoesNotExistYetIsAnEmptyPage) {
  TestApp app{notesApp()};
  TestReader reader = app.open(first);
  EXPECT_EQ(reader.status(), 200);
  EXPECT_EQ(reader.find<Editor>().text.content, "");
  EXPECT_EQ(reader.find<Editor>().text.number, 0);
  EXPECT_THAT(reader.text(), testing::HasSubstr("n1"));
}

TEST(Notes, LookingStoresNothing) {
  TestApp app{notesApp()};
  TestReader reader = app.open(first);
  TestReader home = app.open(homePath());
  EXPECT_THAT(home.text(), testing::HasSubstr("No notes yet"));
}

TEST(Notes, TwoSavesFromOneRevisionAreMerged) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first), bob = app.open(first);
  const Revision base = alice.call(alice.find<Editor>().save, "one two three", std::nullopt);
  alice.call(alice.find<Editor>().save, "ONE two three", from(base, "a"));
  const Revision both = bob.call(bob.find<Editor>().save, "one two THREE", from(base, "b"));
  EXPECT_EQ(both.content, "ONE two THREE");
  EXPECT_EQ(alice.find<Editor>().text.content, "ONE two THREE");
}

TEST(Notes, TheSameEditSentTwiceCountsOnce) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  const Revision base = alice.call(alice.find<Editor>().save, "hello", std::nullopt);
  alice.call(alice.find<Editor>().save, "hello you", from(base, "edit"));
  const Revision again = alice.call(alice.find<Editor>().save, "hello you", from(base, "edit"));
  EXPECT_EQ(again.content, "hello you");
  EXPECT_EQ(again.number, base.number + 1);
}

TEST(Notes, ASaveWithoutABaseReplaces) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  alice.call(alice.find<Editor>().save, "hello", std::nullopt);
  alice.call(alice.find<Editor>().save, "good bye", std::nullopt);
  EXPECT_EQ(alice.find<Editor>().text.content, "good bye");
}

TEST(Notes, TheListFollowsANewNoteAndItsFirstLine) {
  TestApp app{notesApp()};
  TestReader home = app.open(homePath()), alice = app.open(first);
  alice.call(alice.find<Editor>().save, "\n  Shopping\nmilk", std::nullopt);
  EXPECT_THAT(home.text(), testing::HasSubstr("Shopping"));
  EXPECT_THAT(home.text(), testing::HasSubstr("n1"));
  const std::size_t pages = home.pages();
  alice.call(alice.find<Editor>().save, "\n  Shopping\nmilk and bread", std::nullopt);
  app.advance(milliseconds{1000});
  EXPECT_EQ(home.pages(), pages) << "the list has not changed";
  alice.call(alice.find<Editor>().save, "Errands", std::nullopt);
  EXPECT_THAT(home.text(), testing::HasSubstr("Errands"));
}

TEST(Notes, TheListHoldsAnyNumberInOrderOfTheirKeys) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  constexpr int notes = 1'100;  // several times what one object of the list holds
  std::vector<std::string> keys;
  for (int i = 0; i < notes; ++i) {
    // Not in order: 1021 is a prime.
    keys.push_back("note-" + std::to_string(10'000 + i * 1021 % notes));
    alice.callRaw("saveNote", "[\"" + keys.back() + "\",\"Line of " + keys.back() + "\"]");
  }
  std::ranges::sort(keys);
  std::vector<std::string> listed;
  std::string link = allPath();
  for (int pages = 0; !link.empty() && pages < notes; ++pages) {
    const std::string page = app.get(link).body;
    std::ranges::move(items(page), std::back_inserter(listed));
    const std::size_t more = page.find("href=\"/all/");
    link = more == std::string::npos ? "" : page.substr(more + 6, page.find('"', more + 6) - more - 6);
  }
  EXPECT_EQ(listed, keys);
  EXPECT_EQ(items(app.get(homePath()).body).size(), RecentNotes::mostEntries);
  // What is there already is found again in its range.
  alice.callRaw("saveNote", R"(["note-11099","Another line"])");
  EXPECT_THAT(app.get(allFromPath(NoteKey{"note-11099"})).body, testing::HasSubstr("Another line"));
}

TEST(Notes, TheFirstLineIsTheTitle) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  alice.call(alice.find<Editor>().save, "A title\ntext", std::nullopt);
  EXPECT_THAT(alice.text(), testing::HasSubstr("A title"));
  EXPECT_THAT(app.get(first).body, testing::HasSubstr("<title>A title</title>"));
}

TEST(Notes, ReadersAreCounted) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  EXPECT_THAT(alice.text(), testing::HasSubstr("1 here"));
  {
    TestReader bob = app.open(first);
    app.advance(milliseconds{250});
    EXPECT_THAT(alice.text(), testing::HasSubstr("2 here"));
    EXPECT_THAT(bob.text(), testing::HasSubstr("2 here"));
  }
  app.advance(milliseconds{250});
  EXPECT_THAT(alice.text(), testing::HasSubstr("1 here"));
}

TEST(Notes, TextThatIsTooLongIsRefusedAndNothingIsLost) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  alice.call(alice.find<Editor>().save, "kept", std::nullopt);
  EXPECT_THROW(alice.call(alice.find<Editor>().save, std::string(1024 * 1024 + 1, 'x'), std::nullopt), TestCallFailed);
  EXPECT_EQ(alice.find<Editor>().text.content, "kept");
}

TEST(Notes, AKeyThatNoLinkCanNameIsRefused) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  for (const std::string& key : {std::string(), std::string("."), std::string(".."), std::string(101, 'k')}) {
    EXPECT_THROW(alice.callRaw("saveNote", "[\"" + key + "\",\"text\"]"), TestCallFailed) << key;
  }
  TestReader home = app.open(homePath());
  EXPECT_THAT(home.text(), testing::HasSubstr("No notes yet"));
}

TEST(Notes, AWrongCallNamesTheActionTheArgumentAndWhatWasExpected) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  try {
    alice.callRaw("saveNote", R"(["n1",7])");
    FAIL() << "the call was taken";
  } catch (const TestCallFailed& error) {
    EXPECT_STREQ(error.what(), "saveNote, argument 2: expected text, got a number");
  }
  EXPECT_EQ(alice.find<Editor>().text.number, 0);
}

TEST(Notes, EqualPagesAreEqualBytesByHttpAndBySocket) {
  TestApp app{notesApp()};
  TestReader alice = app.open(first);
  alice.call(alice.find<Editor>().save, "A title\n<text> & \"more\"", std::nullopt);
  for (const std::string& link : {std::string(homePath()), first}) {
    const std::string once = app.get(link + "?__rsc").body;
    EXPECT_EQ(app.get(link + "?__rsc").body, once);
    EXPECT_EQ(app.get(link).body, app.get(link).body);
  }
}

}  // namespace
}  // namespace notes
