// Request smuggling (RFC 9112 §11.2): each published family of requests of which two servers in a row may see two
// different ends. "/smuggled" must never be served. The families' names: which framing the first and the second server
// go by, Content-Length or Transfer-Encoding, or 0 if it sees no body.

#include <fmt/format.h>

#include "case.h"

namespace duramen::conformance {
namespace {

using namespace std::string_literals;

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";

std::string fields(std::string_view text) { return post(text, chunks + smuggled); }

std::vector<Case> lengthAndCoding() {
  return {
      bad("ClTe", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG")),
      bad("TeCl", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n" + smuggled + "0\r\n\r\n")),
      bad("ClTeOfGet", get("/", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\nG"),
      bad("ClZeroTe", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunks)),
      bad("ClTeEqualEnds", post("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n", chunks)),
      bad("ClAndUnknownTe", post("Content-Length: 5\r\nTransfer-Encoding: x\r\n", "hello")),
      bad("ClAndEmptyTe", post("Content-Length: 5\r\nTransfer-Encoding:\r\n", "hello")),
      bad("BadClTe", post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", chunks)),
      bad("TeOfHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
      bad("TeOfHttp10KeptAlive",
          "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
      bad("ClTeOfHttp10", "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
  };
}

std::vector<Case> obscuredCodings() {
  std::vector<Case> cases;
  const auto add = [&](std::string_view name, std::string_view text, int status = 400) {
    cases.push_back(bad(std::string(name), fields(text), status));
    // The same beside a length, which a reader that does not see the coding goes by.
    cases.push_back(bad(std::string(name) + "WithLength", fields("Content-Length: 5\r\n" + std::string(text))));
  };
  add("VerticalTabAfter", "Transfer-Encoding: chunked\v\r\n");
  add("VerticalTabBefore", "Transfer-Encoding: \vchunked\r\n");
  add("FormFeedBefore", "Transfer-Encoding:\fchunked\r\n");
  add("NulAfter", "Transfer-Encoding: chunked\0\r\n"s);
  add("Prefixed", "Transfer-Encoding: xchunked\r\n");
  add("Suffixed", "Transfer-Encoding: chunkedx\r\n");
  add("Quoted", "Transfer-Encoding: \"chunked\"\r\n");
  add("SingleQuoted", "Transfer-Encoding: 'chunked'\r\n");
  add("ThenIdentity", "Transfer-Encoding: chunked, identity\r\n");
  add("AfterIdentity", "Transfer-Encoding: identity, chunked\r\n");
  add("Twice", "Transfer-Encoding: chunked, chunked\r\n");
  add("ListWithEmpty", "Transfer-Encoding: , chunked\r\n");
  add("ListEndsEmpty", "Transfer-Encoding: chunked,\r\n");
  add("Blanked", "Transfer-Encoding: chunked x\r\n");
  add("Semicolon", "Transfer-Encoding: chunked;\r\n");
  add("Fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n");
  add("FieldsThenIdentity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n");
  add("FieldsThenOther", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n");
  add("FieldsInOtherCase", "Transfer-Encoding: chunked\r\ntransfer-encoding: x\r\n");
  add("BlankBeforeColon", "Transfer-Encoding : chunked\r\n");
  add("TabBeforeColon", "Transfer-Encoding\t: chunked\r\n");
  add("BlankBeforeName", " Transfer-Encoding: chunked\r\n");
  add("Underscore", "Transfer_Encoding: chunked\r\n");
  add("BlankForHyphen", "Transfer Encoding: chunked\r\n");
  add("FoldedValue", "Transfer-Encoding:\r\n chunked\r\n");
  add("FoldedValueByTab", "Transfer-Encoding:\r\n\tchunked\r\n");
  add("FoldedAfterAnother", "A: b\r\n Transfer-Encoding: chunked\r\n");
  add("BareLfBefore", "A: b\nTransfer-Encoding: chunked\r\n");
  add("BareCrBefore", "A: b\rTransfer-Encoding: chunked\r\n");
  add("BareLfAfter", "Transfer-Encoding: chunked\n");
  add("NulInName", "Transfer-\0Encoding: chunked\r\n"s);
  add("NonAsciiHyphen",
      "Transfer\xe2\x80\x90"
      "Encoding: chunked\r\n");
  add("NonAsciiK",
      "Transfer-Encoding: chun\xe2\x84\xaa"
      "ed\r\n");
  add("Colons", "Transfer-Encoding:: chunked\r\n");
  add("NoBreakSpace",
      "Transfer-Encoding:\xa0"
      "chunked\r\n");
  return cases;
}

std::vector<Case> lengths() {
  const auto with = [](std::string_view text) { return post(text, "hello" + smuggled); };
  return {
      bad("Equal", with("Content-Length: 5\r\nContent-Length: 5\r\n")),
      bad("Different", with("Content-Length: 5\r\nContent-Length: 0\r\n")),
      bad("DifferentTheOtherWay", with("Content-Length: 0\r\nContent-Length: 5\r\n")),
      bad("InOtherCase", with("Content-Length: 5\r\ncontent-length: 0\r\n")),
      bad("EqualList", with("Content-Length: 5, 5\r\n")),
      bad("DifferentList", with("Content-Length: 5, 0\r\n")),
      bad("ListWithEmpty", with("Content-Length: 5,\r\n")),
      bad("SecondIsEmpty", with("Content-Length: 5\r\nContent-Length:\r\n")),
      bad("Underscore", with("Content_Length: 5\r\nContent-Length: 0\r\n")),
      bad("OnlyUnderscore", with("Content_Length: 5\r\nContent-Length: 5\r\n")),
      bad("BlankBeforeColon", with("Content-Length : 5\r\n")),
      bad("TabBeforeColon", with("Content-Length\t: 5\r\n")),
      bad("Folded", with("Content-Length:\r\n 5\r\n")),
      bad("FoldedDigits", with("Content-Length: 5\r\n 0\r\n")),
      bad("BareLfBefore", with("A: b\nContent-Length: 5\r\n")),
      bad("BareCrBefore", with("A: b\rContent-Length: 5\r\n")),
      bad("Plus", with("Content-Length: +5\r\n")),
      bad("Minus", with("Content-Length: -5\r\n")),
      bad("InnerBlank", with("Content-Length: 5 0\r\n")),
      bad("Hexadecimal", with("Content-Length: 0x5\r\n")),
      bad("Letters", with("Content-Length: 5abc\r\n")),
      bad("Wraps32Bits", with("Content-Length: 4294967296\r\n"), 413),
      bad("Wraps64Bits", with("Content-Length: 18446744073709551616\r\n"), 413),
  };
}

std::vector<Case> unseenBodies() {
  return {
      // CL.0: a server that takes no body for this method leaves it for the next request.
      bad("Cl0OfGet", get("/", fmt::format("Content-Length: {}\r\n", smuggled.size())) + smuggled),
      bad("Cl0OfHead", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 37\r\n\r\n" + smuggled),
      {.name = "Cl0OfPost",
       .bytes = post(fmt::format("Content-Length: {}\r\n", smuggled.size()), smuggled),
       .served = {"POST / GET /smuggled HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"}},
      {.name = "Cl0OfDelete",
       .bytes = fmt::format("DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", smuggled.size(), smuggled),
       .served = {"DELETE / GET /smuggled HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"}},
      {.name = "Cl0OfOptions",
       .bytes = fmt::format("OPTIONS * HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", smuggled.size(), smuggled),
       .served = {"OPTIONS * GET /smuggled HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"}},
      {.name = "Cl0WithExpectation",
       .bytes = post(fmt::format("Expect: 100-continue\r\nContent-Length: {}\r\n", smuggled.size()), smuggled),
       .served = {"POST / GET /smuggled HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"}},
      // 0.CL: the first server sees no body where the second sees one.
      bad("0ClObscured", post("Content-Length : 5\r\n", "hello")),
      bad("0ClFolded", post("A: b\r\n Content-Length: 5\r\n", "hello")),
      bad("0ClWithObscuredExpectation", post("Expect: y 100-continue\r\nContent-Length: 5\r\n", "hello"), 417),
      bad("0ClListedExpectation", post("Expect: 100-continue, 100-continue\r\nContent-Length: 5\r\n", "hello"), 417),
      // TE.0: likewise of chunks.
      bad("Te0OfGet", get("/", "Transfer-Encoding: chunked\r\n") + chunks),
      {.name = "Te0OfOptions",
       .bytes = "OPTIONS / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
       .served = {"OPTIONS / hello"}},
      // A connection that names fields of the framing, so that a proxy may take them away.
      {.name = "ConnectionNamesContentLength",
       .bytes = post("Connection: Content-Length\r\nContent-Length: 5\r\n", "hello"),
       .served = {"POST / hello"}},
      // An upgrade that is none, behind which a proxy stops looking.
      {.name = "UpgradeOfOtherProtocol",
       .bytes = post("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Length: "
                     "5\r\n",
                     "hello"),
       .served = {"POST / hello"}},
      bad("UpgradeOfPost", post("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n", "hello")),
      bad("UpgradeWithoutKey",
          get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n") + smuggled),
      bad("UpgradeOfWrongVersion",
          get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n") + smuggled, 426),
  };
}

std::vector<Case> chunkEnds() {
  return {
      bad("ExtensionHidesLf", chunked("5;\nxx\r\nhello\r\n0\r\n\r\n")),
      bad("ExtensionHidesTwoLines", chunked("2;\n"
                                            "xx\r\n2d\r\n0\r\n\r\n" +
                                            smuggled + "0\r\n\r\n")),
      bad("SizeAfterBlank", chunked("0 5\r\nhello\r\n0\r\n\r\n")),
      bad("SizeWithPrefix", chunked("0x0\r\n\r\n" + smuggled)),
      bad("SizeCut", chunked("5\r\r\nhello\r\n0\r\n\r\n")),
      bad("DataEndsWithTwoOtherBytes", chunked("5\r\nhelloXX0\r\n\r\n")),
      bad("DataEndsWithBareCr", chunked("5\r\nhello\r0\r\n\r\n")),
      bad("LastChunkWithoutEmptyLine", chunked("0\r\n" + smuggled)),
      bad("TrailerIsARequest", chunked("5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n")),
      bad("TrailerNamesLength", chunked("0\r\nContent-Length: 37\r\n\r\n" + smuggled)),
      bad("TrailerNamesCoding", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled)),
      bad("TrailerNamesHost", chunked("0\r\nHost: other\r\n\r\n")),
      bad("TrailerEndsWithBareLf", chunked("0\r\nA: b\n\n" + smuggled)),
      bad("NegativeSize", chunked("-1\r\n" + smuggled)),
      bad("SizeWraps", chunked("ffffffffffffffffd\r\nhello\r\n0\r\n\r\n")),
  };
}

}  // namespace

std::vector<Section> smugglingSections() {
  return {{"Smuggling_LengthAndCoding", lengthAndCoding()},
          {"Smuggling_ObscuredCoding", obscuredCodings()},
          {"Smuggling_Length", lengths()},
          {"Smuggling_UnseenBody", unseenBodies()},
          {"Smuggling_ChunkEnd", chunkEnds()}};
}

}  // namespace duramen::conformance
