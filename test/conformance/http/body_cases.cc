// RFC 9112 §6 and §7: where a body ends.

#include "case.h"

namespace duramen::conformance {
namespace {

using namespace std::string_literals;

std::string withLength(std::string_view length, std::string_view body = "") {
  return post("Content-Length:" + std::string(length) + "\r\n", body);
}
std::string withCoding(std::string_view coding) {
  return post("Transfer-Encoding:" + std::string(coding) + "\r\n", "5\r\nhello\r\n0\r\n\r\n");
}

std::vector<Case> lengths() {
  return {
      ok("Some", withLength(" 5", "hello"), "POST / hello"),
      ok("Zero", withLength(" 0"), "POST /"),
      ok("BlanksAround", withLength(" \t5 \t", "hello"), "POST / hello"),
      ok("WithoutBlank", withLength("5", "hello"), "POST / hello"),
      ok("NameInOtherCase", post("content-LENGTH: 5\r\n", "hello"), "POST / hello"),
      ok("BodyThatLooksLikeARequest", withLength(" 4", "GET "), "POST / GET "),
      ok("LineBreaksInBody", withLength(" 4", "\r\n\r\n"), "POST / \\r\\n\\r\\n"),
      ok("ZeroOfGet", get("/", "Content-Length: 0\r\n"), "GET /"),
      ok("NoneOfDelete", "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /"),
      bad("NoneOfPost", post("", ""), 411),
      bad("NoneOfPut", "PUT / HTTP/1.1\r\nHost: h\r\n\r\n", 411),
      bad("NoneOfPatch", "PATCH / HTTP/1.1\r\nHost: h\r\n\r\n", 411),
      bad("NoneOfPostOfHttp10", "POST / HTTP/1.0\r\n\r\n", 411),
      bad("Empty", withLength("")),
      bad("Blank", withLength("  ")),
      bad("Negative", withLength(" -1")),
      bad("NegativeZero", withLength(" -0")),
      bad("Plus", withLength(" +5", "hello")),
      bad("Hexadecimal", withLength(" 0x5", "hello")),
      bad("HexadecimalDigit", withLength(" a", "hello")),
      bad("LeadingZero", withLength(" 05", "hello")),
      bad("OnlyZeros", withLength(" 00")),
      bad("Point", withLength(" 5.0", "hello")),
      bad("Exponent", withLength(" 5e0", "hello")),
      bad("Underscore", withLength(" 1_0", "hello")),
      bad("InnerBlank", withLength(" 1 0", "hello")),
      bad("Semicolon", withLength(" 5;", "hello")),
      bad("Quoted", withLength(" \"5\"", "hello")),
      bad("ArabicDigit", withLength(" \xd9\xa5", "hello")),
      bad("AfterNul", withLength(" 5\0"s, "hello")),
      bad("VerticalTab", withLength(" \v5", "hello")),
      bad("FormFeedAfter", withLength(" 5\f", "hello")),
      bad("LargerThanMayBe", withLength(" 4194305"), 413),
      bad("Huge", withLength(" 9223372036854775807"), 413),
      bad("TwoTo63", withLength(" 9223372036854775808"), 413),
      bad("TwoTo64MinusOne", withLength(" 18446744073709551615"), 413),
      bad("TwoTo64", withLength(" 18446744073709551616"), 413),
      bad("TwoTo64AndFive", withLength(" 18446744073709551621", "hello"), 413),
      bad("TwoTo32AndFive", withLength(" 4294967301", "hello"), 413),
      bad("HundredDigits", withLength(" " + std::string(100, '9')), 413),
      bad("TooLongWithExpectation", post("Expect: 100-continue\r\nContent-Length: 4194305\r\n", ""), 413),
  };
}

std::vector<Case> codings() {
  return {
      ok("Chunked", withCoding(" chunked"), "POST / hello"),
      ok("ChunkedInOtherCase", withCoding(" Chunked"), "POST / hello"),
      ok("ChunkedWithBlanks", withCoding(" \tchunked\t "), "POST / hello"),
      ok("ChunkedWithoutBlank", withCoding("chunked"), "POST / hello"),
      bad("GzipThenChunked", withCoding(" gzip, chunked"), 501),
      bad("DeflateThenChunked", withCoding(" deflate,chunked"), 501),
      bad("BrotliThenChunked", withCoding(" br, chunked"), 501),
      bad("UnknownThenChunked", withCoding(" x-new ,\tchunked"), 501),
      bad("TwoThenChunked", withCoding(" gzip, br, chunked"), 501),
      bad("TwoThenChunkedWithEmpty", withCoding(" gzip,, chunked")),
      bad("UnknownWithParameterThenChunked", withCoding(" br;q=1, chunked")),
      bad("OnlyBrotli", withCoding(" br")),
      bad("OnlyGzip", withCoding(" gzip")),
      bad("ChunkedThenGzip", withCoding(" chunked, gzip")),
      bad("Identity", withCoding(" identity")),
      bad("Empty", withCoding("")),
      bad("WithParameter", withCoding(" chunked;a=b")),
      bad("OfGet", "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      bad("OfHead", "HEAD / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      ok("OfDelete", "DELETE / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
         "DELETE / a"),
  };
}

std::vector<Case> chunks() {
  const std::string million(1024 * 1024, 'a');
  return {
      ok("None", chunked("0\r\n\r\n"), "POST /"),
      ok("Two", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "POST / hello world"),
      ok("UpperCaseSize", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "POST / 0123456789"),
      ok("LowerCaseSize", chunked("a\r\n0123456789\r\n0\r\n\r\n"), "POST / 0123456789"),
      ok("LeadingZeros", chunked("0005\r\nhello\r\n000\r\n\r\n"), "POST / hello"),
      ok("SixteenDigits", chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"), "POST / hello"),
      ok("LineBreaksInData", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "POST / \\r\\n\\r\\n"),
      bad("SeventeenDigits", chunked("00000000000000005\r\nhello\r\n0\r\n\r\n")),
      bad("EmptySize", chunked("\r\nhello\r\n0\r\n\r\n")),
      bad("NoHex", chunked("g\r\nhello\r\n0\r\n\r\n")),
      bad("Negative", chunked("-5\r\nhello\r\n0\r\n\r\n")),
      bad("Plus", chunked("+5\r\nhello\r\n0\r\n\r\n")),
      bad("Prefix0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")),
      bad("Underscore", chunked("0_5\r\nhello\r\n0\r\n\r\n")),
      bad("BlankBefore", chunked(" 5\r\nhello\r\n0\r\n\r\n")),
      bad("BlankAfter", chunked("5 \r\nhello\r\n0\r\n\r\n")),
      bad("TabAfter", chunked("5\t\r\nhello\r\n0\r\n\r\n")),
      bad("BlankInside", chunked("0 5\r\nhello\r\n0\r\n\r\n")),
      bad("VerticalTab", chunked("5\v\r\nhello\r\n0\r\n\r\n")),
      bad("Nul", chunked("5\0\r\nhello\r\n0\r\n\r\n"s)),
      bad("Point", chunked("5.\r\nhello\r\n0\r\n\r\n")),
      bad("BareLfAfterSize", chunked("5\nhello\r\n0\r\n\r\n")),
      bad("BareCrAfterSize", chunked("5\rhello\r\n0\r\n\r\n")),
      bad("BareLfAfterData", chunked("5\r\nhello\n0\r\n\r\n")),
      bad("BareLfAfterLastSize", chunked("5\r\nhello\r\n0\n\r\n")),
      bad("BareLfAtEnd", chunked("5\r\nhello\r\n0\r\n\n")),
      bad("OnlyBareLf", chunked("5\nhello\n0\n\n")),
      bad("NoLineBreakAfterData", chunked("5\r\nhello0\r\n\r\n")),
      bad("DataLongerThanSize", chunked("5\r\nhello!\r\n0\r\n\r\n")),
      bad("DataShorterThanSize", chunked("5\r\nhell\r\n0\r\n\r\n")),
      bad("TwoLineBreaksAfterData", chunked("5\r\nhello\r\n\r\n0\r\n\r\n")),
      bad("LargerThanMayBe", chunked("400001\r\n"), 413),
      bad("LargerThanMayBeInAll", chunked("100000\r\n" + million + "\r\n300001\r\n"), 413),
      bad("Huge", chunked("ffffffffffffffff\r\nhello"), 413),
      bad("HighestBit", chunked("8000000000000000\r\nhello"), 413),
      bad("TwoTo32AndFive", chunked("100000005\r\nhello"), 413),
      bad("TwoTo64AndFive", chunked("10000000000000005\r\nhello")),
  };
}

std::vector<Case> extensions() {
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "1;abc\r\na\r\n";
  return {
      ok("Name", chunked("5;a\r\nhello\r\n0\r\n\r\n"), "POST / hello"),
      ok("NameAndValue", chunked("5;a=b\r\nhello\r\n0;c=d\r\n\r\n"), "POST / hello"),
      ok("Two", chunked("5;a=b;c\r\nhello\r\n0\r\n\r\n"), "POST / hello"),
      ok("Quoted", chunked("5;a=\"b;c \\\" d\"\r\nhello\r\n0\r\n\r\n"), "POST / hello"),
      ok("EmptyQuoted", chunked("5;a=\"\"\r\nhello\r\n0\r\n\r\n"), "POST / hello"),
      bad("Empty", chunked("5;\r\nhello\r\n0\r\n\r\n")),
      bad("EmptyValue", chunked("5;a=\r\nhello\r\n0\r\n\r\n")),
      bad("EmptyName", chunked("5;=b\r\nhello\r\n0\r\n\r\n")),
      bad("BlankBeforeSemicolon", chunked("5 ;a\r\nhello\r\n0\r\n\r\n")),
      bad("BlankAfterSemicolon", chunked("5; a\r\nhello\r\n0\r\n\r\n")),
      bad("BlankAroundEquals", chunked("5;a = b\r\nhello\r\n0\r\n\r\n")),
      bad("NoSemicolon", chunked("5a=b\r\nhello\r\n0\r\n\r\n")),
      bad("Comma", chunked("5,a\r\nhello\r\n0\r\n\r\n")),
      bad("QuotedWithoutEnd", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n")),
      bad("MoreAfterQuoted", chunked("5;a=\"b\"c\r\nhello\r\n0\r\n\r\n")),
      bad("BareLf", chunked("5;a\nhello\r\n0\r\n\r\n")),
      bad("BareLfInQuoted", chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")),
      bad("BareCr", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")),
      bad("Endless", chunked("5;" + std::string(20'000, 'a')), 431),
      bad("TooLongInAll", chunked(many), 431),
  };
}

std::vector<Case> trailers() {
  const auto with = [](std::string_view fields) {
    return chunked("5\r\nhello\r\n0\r\n" + std::string(fields) + "\r\n");
  };
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a:b\r\n";
  return {
      ok("One", with("A: b\r\n"), "POST / hello"),
      ok("Two", with("A: b\r\nC:\r\n"), "POST / hello"),
      ok("Checksum", with("Digest: sha-256=abc\r\n"), "POST / hello"),
      bad("ContentLength", with("Content-Length: 5\r\n")),
      bad("TransferEncoding", with("Transfer-Encoding: chunked\r\n")),
      bad("Host", with("Host: other\r\n")),
      bad("HostInOtherCase", with("hOST: other\r\n")),
      bad("NoColon", with("A\r\n")),
      bad("EmptyName", with(": b\r\n")),
      bad("BlankBeforeColon", with("A : b\r\n")),
      bad("Folded", with("A: b\r\n c\r\n")),
      bad("BareLf", with("A: b\n")),
      bad("BareCr", with("A: b\rc\r\n")),
      bad("Nul", with("A: b\0\r\n"s)),
      bad("StartLine", with("GET /smuggled HTTP/1.1\r\n")),
      bad("TooMany", with(many), 431),
      bad("TooLong", with("A: " + std::string(17'000, 'b') + "\r\n"), 431),
  };
}

}  // namespace

std::vector<Section> bodySections() {
  return {{"Rfc9112_6_2_ContentLength", lengths()},
          {"Rfc9112_6_1_TransferEncoding", codings()},
          {"Rfc9112_7_1_ChunkedCoding", chunks()},
          {"Rfc9112_7_1_1_ChunkExtensions", extensions()},
          {"Rfc9112_7_1_2_Trailers", trailers()}};
}

}  // namespace duramen::conformance
