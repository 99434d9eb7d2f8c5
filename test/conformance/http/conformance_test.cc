// Each case of the tables, whole and one byte at a time, through a socket. A failure names the case.

#include <gtest/gtest.h>

#include "case.h"
#include "exchange.h"
#include "server/test_peer.h"

namespace duramen::conformance {

// For the name of a test that fails.
static void PrintTo(const Section& section, std::ostream* out) { *out << section.name; }

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\r' ? "\\r" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

// What the handler saw, as server::test::TestHandler tells it in its answer.
std::string seen(const Answer& answer) {
  std::string text = answer.field("X-Method") + ' ' + answer.field("X-Path");
  if (const std::string query = answer.field("X-Query"); !query.empty()) text += '?' + query;
  const std::size_t blank = answer.body.find(' ');
  if (blank != std::string::npos && blank + 1 < answer.body.size())
    text += ' ' + escaped(answer.body.substr(blank + 1));
  return text;
}

class Conformance : public testing::TestWithParam<Section> {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<server::test::TestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  static void check(const Case& test, std::size_t piece) {
    SCOPED_TRACE(test.name);
    const std::string& address = server_->address();
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    std::vector<bool> heads;
    for (const std::string& served : test.served) heads.push_back(served.starts_with("HEAD "));
    const auto answers = parseAnswers(exchange(port, test.bytes + std::string(probe), piece), heads);

    std::vector<std::string> got;
    for (const Answer& answer : answers)
      got.push_back(answer.status == 200 ? seen(answer) : std::to_string(answer.status));
    std::vector<std::string> expected = test.served;
    if (test.refused != 0) {
      expected.push_back(std::to_string(test.refused));
    } else if (!test.closes) {
      expected.emplace_back("GET /probe");
    }
    EXPECT_EQ(got, expected);
    if (test.refused == 0 || answers.empty()) return;
    // A refusal says so, and why.
    const Answer& last = answers.back();
    EXPECT_EQ(last.field("Connection"), "close");
    EXPECT_TRUE(last.field("Content-Type").starts_with("text/plain")) << last.head;
    EXPECT_GT(last.body.size(), 15U) << last.body;
  }

 private:
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): shared by the cases, as a suite's set-up is
  static inline std::unique_ptr<server::test::TestServer> server_;
};

TEST_P(Conformance, Whole) {
  for (const Case& test : GetParam().cases) check(test, std::string::npos);
}
TEST_P(Conformance, ByteByByte) {
  // A million single bytes show no more than thousands do.
  for (const Case& test : GetParam().cases) check(test, test.bytes.size() > 100'000 ? 1000 : 1);
}

INSTANTIATE_TEST_SUITE_P(Http, Conformance, testing::ValuesIn(allSections()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace duramen::conformance
