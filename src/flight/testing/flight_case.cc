// Tries one case against what React does with it (test/vectors/flight/README.md says how a case is written):
//
//   flight_case flight    reads {"model": ...} and writes the rows
//   flight_case html      reads {"tree": ...} and writes the HTML
//   flight_case reply     reads {"encoded": ...} or {"parts": [...]} and writes the value as the cases describe values
//
// Whatever is refused is answered with {"rejected": "why"}. With --lines, one case is read from each line, and one
// line answers it: {"b64": ...}, {"html": ...}, {"value": ...} or {"rejected": ...}.

#include <iostream>
#include <iterator>
#include <string>

#include "base/base64.h"
#include "base/json.h"
#include "flight/testing/cases.h"
#include "flight/testing/describe.h"

namespace duramen::flight::testing {
namespace {

std::string parsedAnd(const std::string& what, const std::string& text, bool asLine) {
  try {
    const auto parsed = parseJson(text, {.depth = 1000});
    if (!parsed) throw Rejected("the case is not JSON: " + describe(parsed.error()));
    if (what == "reply") return asLine ? "{\"value\":" + replyOf(*parsed) + "}" : replyOf(*parsed);
    if (what == "html") return asLine ? "{\"html\":" + quoted(htmlOf(*parsed)) + "}" : htmlOf(*parsed);
    return asLine ? "{\"b64\":" + quoted(toBase64(flightOf(*parsed))) + "}" : flightOf(*parsed);
  } catch (const std::exception& error) {
    return "{\"rejected\":" + quoted(error.what()) + "}";
  }
}

int run(const std::string& what, bool lines) {
  if (!lines) {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << parsedAnd(what, text, false);
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) std::cout << parsedAnd(what, line, true) << '\n' << std::flush;
  return 0;
}

}  // namespace
}  // namespace duramen::flight::testing

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const bool lines = argc > 2 && std::string_view{argv[2]} == "--lines";
  if ((what != "flight" && what != "html" && what != "reply") || argc > 3 || (argc == 3 && !lines)) {
    std::cerr << "usage: flight_case flight|html|reply [--lines]\n";
    return 2;
  }
  return duramen::flight::testing::run(what, lines);
}
