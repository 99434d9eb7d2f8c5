#include "server/embedded_files.h"

#include <gmock/gmock.h>

#include "server/test_file_server.h"

namespace duramen::server {
namespace {

using test::headerIn;
using testing::HasSubstr;
using testing::Not;

constexpr ClientFile files[] = {
    {.url = "/assets/a-AAAAAAAA.js", .type = "text/javascript", .bytes = "0123456789", .brotli = "BR", .gzip = "GZIP"},
    {.url = "/assets/b-BBBBBBBB.png", .type = "image/png", .bytes = "picture"},
    {.url = "/assets/c-CCCCCCCC.js", .type = "text/javascript", .bytes = "9876543210"},
};
constexpr const char* script = "/assets/a-AAAAAAAA.js";

class Embedded : public testing::Test {
 protected:
  Embedded() { embedded.add(files); }
  EmbeddedFiles embedded;
  test::FileServer server{[this](const Request& request, const Log&) { return embedded.answer(request); }};
};

TEST_F(Embedded, AreCachedForAYear) {
  const auto answer = server.ask(script);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(headerIn(answer, "Content-Type"), "text/javascript");
  EXPECT_EQ(headerIn(answer, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(headerIn(answer, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(headerIn(answer, "Accept-Ranges"), "bytes");
  EXPECT_EQ(headerIn(answer, "Content-Length"), "10");
  EXPECT_THAT(answer.head, Not(HasSubstr("Last-Modified")));
  EXPECT_EQ(server.ask("/assets/none.js").body, "another\n");
  EXPECT_EQ(server.ask("/assets/a-AAAAAAAA.js.br").body, "another\n");
}

TEST_F(Embedded, AreSentInTheCodingThatTheClientPrefers) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", "0123456789", ""},
      {"Accept-Encoding: gzip, deflate, br\r\n", "BR", "br"},
      {"Accept-Encoding: gzip\r\n", "GZIP", "gzip"},
      {"Accept-Encoding: br;q=0.1\r\nAccept-Encoding: gzip\r\n", "GZIP", "gzip"},
      {"Accept-Encoding: br;q=0, gzip;q=0\r\n", "0123456789", ""},
  };
  for (const auto& [header, body, coding] : cases) {
    const auto answer = server.ask(script, header);
    EXPECT_EQ(answer.status, 200) << header;
    EXPECT_EQ(answer.body, body) << header;
    EXPECT_EQ(headerIn(answer, "Content-Encoding"), coding) << header;
    EXPECT_EQ(headerIn(answer, "Vary"), "Accept-Encoding") << header;
    const auto head = server.ask(script, header, "HEAD");
    EXPECT_EQ(headerIn(head, "Content-Length"), std::to_string(std::string(body).size())) << header;
    EXPECT_EQ(headerIn(head, "ETag"), headerIn(answer, "ETag")) << header;
  }
  const auto refused = server.ask(script, "Accept-Encoding: zstd, *;q=0\r\n");
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(headerIn(refused, "Vary"), "Accept-Encoding");
}

TEST_F(Embedded, ThatAreInOneCodingOnlyDoNotVary) {
  const auto answer = server.ask("/assets/b-BBBBBBBB.png", "Accept-Encoding: br\r\n");
  EXPECT_EQ(answer.body, "picture");
  EXPECT_THAT(answer.head, Not(HasSubstr("Vary")));
  EXPECT_THAT(answer.head, Not(HasSubstr("Content-Encoding")));
}

TEST_F(Embedded, HaveAStrongTagForEachContentAndCoding) {
  std::set<std::string> tags;
  for (const char* const coding : {"identity", "gzip", "br"})
    tags.insert(headerIn(server.ask(script, std::string("Accept-Encoding: ") + coding + "\r\n"), "ETag"));
  tags.insert(headerIn(server.ask("/assets/c-CCCCCCCC.js"), "ETag"));
  EXPECT_EQ(tags.size(), 4U);
  for (const std::string& tag : tags) EXPECT_TRUE(tag.starts_with('"') && tag.ends_with('"')) << tag;
}

TEST_F(Embedded, ThatTheClientHasAreNotSentAgain) {
  const std::string brotli = "Accept-Encoding: br\r\n";
  const std::string tag = headerIn(server.ask(script, brotli), "ETag");
  for (const std::string& given : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")})
    for (const char* const method : {"GET", "HEAD"}) {
      const auto answer =
          server.ask(script, std::string(brotli).append("If-None-Match: ").append(given).append("\r\n"), method);
      EXPECT_EQ(answer.status, 304) << given;
      EXPECT_EQ(headerIn(answer, "ETag"), tag);
      EXPECT_EQ(headerIn(answer, "Vary"), "Accept-Encoding");
      EXPECT_THAT(headerIn(answer, "Cache-Control"), HasSubstr("immutable"));
      EXPECT_THAT(answer.head, Not(HasSubstr("Content-Length")));
    }
  // What it has is of another coding, or the file has no date.
  EXPECT_EQ(server.ask(script, "If-None-Match: " + tag + "\r\n").status, 200);
  EXPECT_EQ(server.ask(script, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n").status, 200);
  EXPECT_EQ(server.ask(script, "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n").status, 200);
  EXPECT_EQ(server.ask(script, "If-Match: \"x\"\r\n").status, 412);
  EXPECT_EQ(server.ask(script, brotli + "If-Match: " + tag + "\r\n").status, 200);
}

TEST_F(Embedded, AreSentInParts) {
  const auto part = server.ask(script, "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(headerIn(part, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(headerIn(part, "Content-Length"), "3");
  EXPECT_EQ(server.ask(script, "Range: bytes=-3\r\n").body, "789");
  EXPECT_EQ(server.ask(script, "Range: bytes=7-\r\n").body, "789");
  EXPECT_EQ(server.ask(script, "Range: bytes=0-1,5-6\r\n").body, "0123456789");
  EXPECT_EQ(server.ask(script, "Accept-Encoding: gzip\r\nRange: bytes=1-\r\n").body, "ZIP");
  const auto beyond = server.ask(script, "Range: bytes=10-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(headerIn(beyond, "Content-Range"), "bytes */10");
  const auto head = server.ask(script, "Range: bytes=2-4\r\n", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(headerIn(head, "Content-Length"), "10");
}

TEST_F(Embedded, AreSentWholeIfThePartWasOfAnother) {
  const std::string tag = headerIn(server.ask(script), "ETag");
  EXPECT_EQ(server.ask(script, "Range: bytes=2-4\r\nIf-Range: " + tag + "\r\n").body, "234");
  EXPECT_EQ(server.ask(script, "Range: bytes=2-4\r\nIf-Range: W/" + tag + "\r\n").status, 200);
  EXPECT_EQ(server.ask(script, "Range: bytes=20-\r\nIf-Range: \"x\"\r\n").status, 200);
}

TEST_F(Embedded, AnswerOnlyGetAndHead) {
  for (const char* const method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const auto answer = server.ask(script, "Content-Length: 0\r\n", method);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(headerIn(answer, "Allow"), "GET, HEAD") << method;
  }
}

}  // namespace
}  // namespace duramen::server
