#include "duramen/hint.h"

#include <gtest/gtest.h>

#include "duramen/html.h"
#include "flight/encode.h"
#include "flight/testing/all_listed.h"

namespace duramen::flight {
namespace {

std::string rowsOf(const Node& page) {
  std::string rows;
  appendPage(rows, page, testing::AllListed{});
  return rows;
}

TEST(Hint, StandsInFrontOfThePageAndShowsNothing) {
  EXPECT_EQ(rowsOf(html::main(preload("/a.css", "style"), "x")),
            ":HL[\"/a.css\",\"style\"]\n"
            "1:[\"$\",\"main\",null,{\"children\":[null,\"x\"]}]\n");
}

TEST(Hint, IsWrittenAsReactWritesIt) {
  const auto hintOf = [](const Node& hint) {
    const std::string rows = rowsOf(hint);
    return rows.substr(0, rows.find('\n'));
  };
  EXPECT_EQ(hintOf(preload("/f.woff2", "font", {.crossOrigin = ""})), R"(:HL["/f.woff2","font",{"crossOrigin":""}])");
  EXPECT_EQ(hintOf(preloadModule("/m.js")), R"(:Hm"/m.js")");
  EXPECT_EQ(hintOf(preloadModule("/m.js", {.integrity = "sha256-x"})), R"(:Hm["/m.js",{"integrity":"sha256-x"}])");
  EXPECT_EQ(hintOf(preconnect("https://a.test")), R"(:HC"https://a.test")");
  EXPECT_EQ(hintOf(preconnect("https://a.test", "")), R"(:HC["https://a.test",""])");
  EXPECT_EQ(hintOf(prefetchDNS("//a.test")), R"(:HD"//a.test")");
  EXPECT_EQ(hintOf(preload("$x\n\"", "image")), R"(:HL["$$x\n\"","image"])");
}

TEST(Hint, IsALinkOfTheDocumentsHead) {
  const Html html = renderHtml(html::main("a", preload("/i.png", "image", {.imageSizes = "100vw"}), "b"));
  EXPECT_EQ(html.body, "<main>a<!-- -->b</main>");
  EXPECT_EQ(html.head, R"(<link rel="preload" href="/i.png" as="image" imageSizes="100vw"/>)");
}

TEST(Hint, MayStandInTheDocumentItself) {
  const DocumentHtml document = renderDocument(html::html(preconnect("https://a.test"), html::body(Node::hole())),
                                               {.body = "x", .head = ""}, {.headEnd = "", .bodyEnd = "", .nonce = ""});
  EXPECT_EQ(document.text,
            "<!DOCTYPE html><html><head><link rel=\"preconnect\" href=\"https://a.test\"/></head>"
            "<body>x</body></html>");
}

TEST(Hint, OfTextThatIsNotUtf8IsRefused) { EXPECT_THROW(rowsOf(preload("/\xff", "image")), EncodeError); }

}  // namespace
}  // namespace duramen::flight
