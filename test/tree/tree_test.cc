// What must hold of the tree as a whole: documents show code that is tested, and no file names the machine that it was
// written on.

#include <gmock/gmock.h>

#include <algorithm>
#include <expected>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace duramen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

const fs::path tree{DURAMEN_TREE};

std::string textOf(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

// The files that are the project's own: neither built nor installed.
std::vector<fs::path> ownFiles() {
  std::vector<fs::path> result;
  for (fs::recursive_directory_iterator each{tree}, end; each != end; ++each) {
    const std::string name = each->path().filename().string();
    const bool skipped =
        name == "node_modules" || name == ".git" || name == ".duramen" || (each.depth() == 0 && name == "build");
    if (skipped && each->is_directory())
      each.disable_recursion_pending();
    else if (each->is_regular_file() && !skipped)
      result.push_back(each->path());
  }
  std::ranges::sort(result);
  return result;
}

// The part of `text` between the lines "// begin NAME" and "// end NAME"; all of it if the name is empty.
std::expected<std::string, std::string> part(const std::string& text, const std::string& name) {
  if (name.empty()) return text;
  const std::string begin = "// begin " + name + "\n";
  const auto from = text.find(begin);
  const auto to = text.find("// end " + name + "\n");
  if (from == std::string::npos || to == std::string::npos) return std::unexpected("there is no part " + name);
  return text.substr(from + begin.size(), to - from - begin.size());
}

// What is wrong with the code that a document shows. The line "<!-- from examples/notes/notes.cc -->", or "... .cc#page
// -->" for a part, stands before a fenced block and says where that was cut from.
std::vector<std::string> staleExamples(std::string_view document, const fs::path& root) {
  constexpr std::string_view mark = "<!-- from ";
  std::vector<std::string> faults;
  for (auto at = document.find(mark); at != std::string_view::npos; at = document.find(mark, at + 1)) {
    const auto close = document.find(" -->", at);
    const std::string source{document.substr(at + mark.size(), close - at - mark.size())};
    const auto hash = source.find('#');
    const auto fence = document.find("```", close);
    const auto begin = document.find('\n', fence);
    const auto end = document.find("\n```", begin);
    if (close == std::string_view::npos || end == std::string_view::npos) {
      faults.push_back(source + ": no code block follows");
      continue;
    }
    const auto code =
        part(textOf(root / source.substr(0, hash)), hash == std::string::npos ? "" : source.substr(hash + 1));
    if (!code)
      faults.push_back(source + ": " + code.error());
    else if (*code != std::string{document.substr(begin + 1, end - begin)})
      faults.push_back(source + ": the code differs");
  }
  return faults;
}

TEST(Documents, ShowTheCodeThatIsTested) {
  for (const fs::path& file : ownFiles()) {
    if (file.extension() != ".md") continue;
    EXPECT_THAT(staleExamples(textOf(file), tree), IsEmpty()) << file;
  }
}

TEST(Documents, ReadmeShowsTheNotes) {
  EXPECT_THAT(textOf(tree / "README.md"), testing::HasSubstr("<!-- from examples/notes/notes.cc"));
}

TEST(StaleExamples, FindsCodeThatDiffersFromItsSource) {
  const fs::path root = fs::path{testing::TempDir()} / "stale_examples";
  fs::create_directories(root);
  std::ofstream{root / "a.cc"} << "int a;\n// begin b\nint b;\n// end b\n";
  EXPECT_THAT(staleExamples("x\n<!-- from a.cc#b -->\n```cpp\nint b;\n```\n", root), IsEmpty());
  EXPECT_THAT(staleExamples("<!-- from a.cc#b -->\n```cpp\nint c;\n```\n", root),
              ElementsAre("a.cc#b: the code differs"));
  EXPECT_THAT(staleExamples("<!-- from a.cc -->\n```cpp\nint b;\n```\n", root), ElementsAre("a.cc: the code differs"));
  EXPECT_THAT(staleExamples("<!-- from a.cc#c -->\n```cpp\nint b;\n```\n", root),
              ElementsAre("a.cc#c: there is no part c"));
  EXPECT_THAT(staleExamples("<!-- from a.cc -->\n", root), ElementsAre("a.cc: no code block follows"));
  fs::remove_all(root);
}

// In two halves, so that this file does not name what it looks for.
TEST(Tree, NamesNoMachineAndNoRegistry) {
  const std::vector<std::string> names = {std::string{"/wo"} + "rk/",         std::string{"/ro"} + "ot/",
                                          std::string{"registry.np"} + "mjs", std::string{"deb.deb"} + "ian.org",
                                          std::string{"\"reso"} + "lved\"",   std::string{"shared/pro"} + "bes"};
  std::vector<std::string> found;
  for (const fs::path& file : ownFiles()) {
    const std::string text = textOf(file);
    for (const std::string& name : names)
      if (const auto at = text.find(name); at != std::string::npos)
        found.push_back(
            fs::relative(file, tree).string() + ":" +
            std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
            " names " + name);
  }
  EXPECT_THAT(found, IsEmpty());
}

}  // namespace
}  // namespace duramen
