#include "layers.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include <unistd.h>

namespace duramen::layers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

constexpr std::string_view table =
    "| room | what | includes | headers |\n"
    "| --- | --- | --- | --- |\n"
    "| `base` | values | | `task` |\n"
    "| `loop` | threads | `base` | |\n"
    "| `wire` | frames | `base` | `frame*` |\n"
    "| `server` | sockets | all above | `server` |\n";

std::string textOf(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

// A tree of its own, removed at the end.
class Tree {
 public:
  Tree() : root_(fs::temp_directory_path() / ("layers." + std::to_string(getpid()))) { fs::create_directories(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root_); }

  Tree& file(const std::string& path, std::string_view text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
    return *this;
  }
  std::vector<std::string> check() const { return violations(root_, readRooms(table).value()); }

 private:
  fs::path root_;
};

TEST(Layers, HoldInThisTree) {
  const fs::path tree{DURAMEN_TREE};
  const auto rooms = readRooms(textOf(tree / "docs/architecture.md"));
  ASSERT_TRUE(rooms) << rooms.error();
  EXPECT_THAT(violations(tree, *rooms), IsEmpty());
}

TEST(Layers, AllowWhatTheTableAllows) {
  Tree tree;
  tree.file("src/base/task.cc", "#include \"duramen/task.h\"\n#include \"base/other.h\"\n")
      .file("src/server/listen.cc", "#include <string>\n#include \"wire/frame.h\"\n#include \"loop/loop.h\"\n")
      .file("include/duramen/task.h", "#include <memory>\n")
      .file("include/duramen/server.h", "#include \"duramen/task.h\"\n")
      .file("examples/notes/notes.cc", "#include \"duramen/server.h\"\n#include \"notes.h\"\n");
  EXPECT_THAT(tree.check(), IsEmpty());
}

TEST(Layers, RefuseAnIncludeThatPointsDownTheList) {
  Tree tree;
  tree.file("src/base/task.cc", "#include \"duramen/task.h\"\n\n  #include \"server/listen.h\"\n");
  EXPECT_THAT(tree.check(), ElementsAre("src/base/task.cc:3: base may not include server/listen.h (server)"));
}

TEST(Layers, RefuseARoomAboveThatTheRowDoesNotName) {
  Tree tree;
  tree.file("src/wire/frame.h", "#include \"loop/loop.h\"\n");
  EXPECT_THAT(tree.check(), ElementsAre("src/wire/frame.h:1: wire may not include loop/loop.h (loop)"));
}

TEST(Layers, HoldPublicHeadersToTheirRoom) {
  Tree tree;
  tree.file("include/duramen/task.h", "#include \"duramen/frame_reader.h\"\n")
      .file("include/duramen/frame_reader.h", "");
  EXPECT_THAT(tree.check(),
              ElementsAre("include/duramen/task.h:1: base may not include duramen/frame_reader.h (wire)"));
}

TEST(Layers, RefuseAPublicHeaderOfNoRoom) {
  Tree tree;
  tree.file("include/duramen/stray.h", "");
  EXPECT_THAT(tree.check(), ElementsAre("duramen/stray.h belongs to no room: name it in docs/architecture.md"));
}

TEST(Layers, RefuseAFolderThatIsNoRoom) {
  Tree tree;
  tree.file("src/attic/box.cc", "");
  EXPECT_THAT(tree.check(), ElementsAre("src/attic is no room of docs/architecture.md"));
}

TEST(Layers, KeepAppsOutOfTheRooms) {
  Tree tree;
  tree.file("examples/notes/notes.cc", "#include \"loop/loop.h\"\n");
  EXPECT_THAT(tree.check(),
              ElementsAre("examples/notes/notes.cc:1: an app may include public headers only, not loop/loop.h"));
}

TEST(ReadRooms, RefusesARowThatNamesARoomBelowIt) {
  const auto rooms = readRooms("| `base` | | `loop` | |\n| `loop` | | | |\n");
  ASSERT_FALSE(rooms);
  EXPECT_EQ(rooms.error(), "base includes loop, which is not above it");
}

TEST(ReadRooms, RefusesATextWithoutATable) { EXPECT_EQ(readRooms("# Rooms\n").error(), "no table of rooms"); }

}  // namespace
}  // namespace duramen::layers
