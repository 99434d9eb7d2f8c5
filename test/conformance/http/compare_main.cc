// compare_http PORT: sends each case of the suite to the server at this port of 127.0.0.1, and prints those of which
// something else comes than of our server, as a table of Markdown. The server has to answer each request with 200 and
// its target in X-Path. What is equal is only counted.

#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <map>
#include <span>

#include "case.h"
#include "exchange.h"

namespace duramen::conformance {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? "closed" : out;
}

std::string answeredFor(std::string_view target) {
  return fmt::format("200 {}{}", target.substr(0, 40), target.size() > 40 ? "…" : "");
}

// "200 /a, 400"
std::string expected(const Case& test) {
  std::vector<std::string> words;
  for (const std::string& served : test.served) {
    const std::size_t blank = served.find(' ') + 1;
    words.push_back(answeredFor(served.substr(blank, served.find(' ', blank) - blank)));
  }
  if (test.refused != 0) {
    words.push_back(std::to_string(test.refused));
  } else if (!test.closes) {
    words.push_back(answeredFor("/probe"));
  }
  return joined(words);
}

std::string outcome(int port, const Case& test) {
  std::vector<bool> heads;
  for (const std::string& served : test.served) heads.push_back(served.starts_with("HEAD "));
  if (heads.empty()) heads.push_back(test.bytes.starts_with("HEAD "));
  std::vector<std::string> words;
  for (const Answer& answer : parseAnswers(exchange(port, test.bytes + std::string(probe), std::string::npos), heads)) {
    words.push_back(answer.status == 0     ? "no HTTP/1.1"
                    : answer.status != 200 ? std::to_string(answer.status)
                                           : answeredFor(answer.field("X-Path")));
  }
  return joined(words);
}

// Whether they differ only in which status refuses.
bool bothRefuse(const std::string& ours, const std::string& theirs) {
  return !ours.contains("200") && !theirs.contains("200");
}

void compare(int port) {
  std::map<std::string, int> counts;
  fmt::print("| Section | Case | Ours | Theirs |\n|---|---|---|---|\n");
  for (const Section& section : allSections())
    for (const Case& test : section.cases) {
      const std::string ours = expected(test);
      const std::string theirs = outcome(port, test);
      ++counts[ours == theirs ? "equal" : bothRefuse(ours, theirs) ? "refused by both, otherwise" : "different"];
      if (ours != theirs) fmt::print("| {} | {} | {} | {} |\n", section.name, test.name, ours, theirs);
    }
  fmt::print("\n");
  for (const auto& [what, count] : counts) fmt::print("{}: {}\n", what, count);
}

}  // namespace
}  // namespace duramen::conformance

int main(int argc, char** argv) {
  const std::span<char*> args{argv, static_cast<std::size_t>(argc)};
  int port = 0;
  const std::string_view text = args.size() == 2 ? args[1] : "";
  if (std::from_chars(text.data(), text.data() + text.size(), port).ec != std::errc{}) {
    std::cerr << "usage: compare_http PORT\n";
    return 2;
  }
  try {
    duramen::conformance::compare(port);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
