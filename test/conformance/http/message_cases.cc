// RFC 9112 §2 to §5: lines, the start line, targets and fields.

#include <fmt/format.h>

#include "case.h"

namespace duramen::conformance {
namespace {

using namespace std::string_literals;

std::string start(std::string_view line) { return std::string(line) + "\r\nHost: h\r\n\r\n"; }
std::string host(std::string_view value) { return "GET / HTTP/1.1\r\nHost:" + std::string(value) + "\r\n\r\n"; }
std::string absolute(std::string_view target, std::string_view hostField) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(hostField) + "\r\n\r\n";
}

std::vector<Case> lines() {
  return {
      ok("Simple", get("/"), "GET /"),
      ok("OneEmptyLineBefore", "\r\n" + get("/"), "GET /"),
      bad("TwoEmptyLinesBefore", "\r\n\r\n" + get("/")),
      bad("BareLfBefore", "\n" + get("/")),
      bad("BareLfAfterStartLine", "GET / HTTP/1.1\nHost: h\r\n\r\n"),
      bad("BareLfAfterField", "GET / HTTP/1.1\r\nHost: h\n\r\n"),
      bad("BareLfForEmptyLine", "GET / HTTP/1.1\r\nHost: h\r\n\n"),
      bad("OnlyBareLf", "GET / HTTP/1.1\nHost: h\n\n"),
      bad("BareCrInStartLine", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"),
      bad("BareCrAfterStartLine", "GET / HTTP/1.1\rHost: h\r\n\r\n"),
      bad("BareCrInValue", get("/", "A: b\rc\r\n")),
      bad("BareCrInName", get("/", "A\rB: c\r\n")),
      bad("CrCrLf", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"),
      bad("CrCrLfAfterField", get("/", "A: b\r\r\n")),
      bad("CrBeforeEmptyLine", "GET / HTTP/1.1\r\nHost: h\r\n\r\r\n"),
      bad("BlankBeforeFirstField", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
      bad("BlankLineBeforeFields", "GET / HTTP/1.1\r\n \r\nHost: h\r\n\r\n"),
      bad("TlsHello", "\x16\x03\x01\x02\x00\x01\x00"s),
      bad("Nul", "\0"s),
      bad("Utf8Bom", "\xef\xbb\xbf" + get("/")),
      bad("BlankBeforeMethod", " " + get("/")),
  };
}

std::vector<Case> startLines() {
  return {
      bad("TwoBlanksAfterMethod", start("GET  / HTTP/1.1")),
      bad("TwoBlanksBeforeVersion", start("GET /  HTTP/1.1")),
      bad("TabAfterMethod", start("GET\t/ HTTP/1.1")),
      bad("TabBeforeVersion", start("GET /\tHTTP/1.1")),
      bad("TabInTarget", start("GET /a\tb HTTP/1.1")),
      bad("VerticalTab", start("GET\v/ HTTP/1.1")),
      bad("BlankAtEnd", start("GET / HTTP/1.1 ")),
      bad("BlankInTarget", start("GET /a b HTTP/1.1")),
      bad("NoTarget", start("GET HTTP/1.1")),
      bad("EmptyTarget", start("GET  HTTP/1.1")),
      bad("OnlyMethod", start("GET")),
      bad("NoMethod", start("/ HTTP/1.1")),
      bad("NoVersion", start("GET /")),
      bad("MethodWithColon", start("G:T / HTTP/1.1")),
      bad("MethodWithSlash", start("GE/T / HTTP/1.1")),
      bad("MethodWithNonAscii", start("G\xc3\x89T / HTTP/1.1")),
      bad("MethodWithNul", start("G\0T / HTTP/1.1"s)),
      bad("FieldForStartLine", "Host: h\r\n\r\n"),
  };
}

std::vector<Case> versions() {
  return {
      bad("Http09", start("GET / HTTP/0.9"), 505),  bad("Http12", start("GET / HTTP/1.2"), 505),
      bad("Http19", start("GET / HTTP/1.9"), 505),  bad("Http20", start("GET / HTTP/2.0"), 505),
      bad("Http30", start("GET / HTTP/3.0"), 505),  bad("Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
      bad("LowerCase", start("GET / http/1.1")),    bad("MixedCase", start("GET / Http/1.1")),
      bad("OneNumber", start("GET / HTTP/1")),      bad("ThreeNumbers", start("GET / HTTP/1.1.1")),
      bad("LeadingZero", start("GET / HTTP/01.1")), bad("TwoDigits", start("GET / HTTP/1.10")),
      bad("Comma", start("GET / HTTP/1,1")),        bad("Sign", start("GET / HTTP/+1.1")),
      bad("Letters", start("GET / HTTP/a.b")),      bad("OtherProtocol", start("GET / HTTQ/1.1")),
      bad("NoSlash", start("GET / HTTP1.1")),       bad("Empty", start("GET / ")),
      bad("IcecastName", start("GET / ICY/1.1")),
  };
}

std::vector<Case> methods() {
  std::vector<Case> cases{
      ok("Delete", start("DELETE /a HTTP/1.1"), "DELETE /a"),
      ok("Options", start("OPTIONS /a HTTP/1.1"), "OPTIONS /a"),
      ok("Put", "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok", "PUT /a ok"),
      ok("Patch", "PATCH /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok", "PATCH /a ok"),
      ok("Post", post("Content-Length: 2\r\n", "ok"), "POST / ok"),
      ok("DeleteWithBody", "DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok", "DELETE /a ok"),
      ok("OptionsWithBody", "OPTIONS /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok", "OPTIONS /a ok"),
      ok("Head", start("HEAD /a HTTP/1.1"), "HEAD /a"),
  };
  for (const auto* const method : {"get", "Get", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "BREW", "GETT", "GE", "X",
                                   "M-SEARCH", "!#$%&'*+-.^_`|~"})
    cases.push_back(bad(fmt::format("Unknown {}", method), start(std::string(method) + " / HTTP/1.1"), 501));
  cases.push_back(bad("LongMethod", start(std::string(1000, 'A') + " / HTTP/1.1"), 501));
  return cases;
}

std::vector<Case> targets() {
  std::vector<Case> cases{
      ok("Query", get("/a?b=c"), "GET /a?b=c"),
      ok("EmptyQuery", get("/a?"), "GET /a"),
      ok("QuestionMarksInQuery", get("/a?b?c"), "GET /a?b?c"),
      ok("Escapes", get("/%C3%A9%2f%20"), "GET /%C3%A9%2f%20"),
      ok("EscapedNulInQuery", get("/?a=%00"), "GET /?a=%00"),
      ok("AllOfPchar", get("/a-._~!$&'()*+,;=:@"), "GET /a-._~!$&'()*+,;=:@"),
      ok("WhatBrowsersSendInPaths", get("/a[b]|c^"), "GET /a[b]|c^"),
      ok("WhatBrowsersSendInQueries", get("/?a[]={b}|`\\^"), "GET /?a[]={b}|`\\^"),
      ok("DoubleSlash", get("//a//b"), "GET //a//b"),
      ok("DotSegmentsAreLeft", get("/a/../b/./c"), "GET /a/../b/./c"),
      ok("UrlInPath", get("/http://a/"), "GET /http://a/"),
      bad("Fragment", get("/a#b")),
      bad("FragmentInQuery", get("/a?b#c")),
      bad("Relative", get("a/b")),
      bad("OnlyQuery", get("?a")),
      bad("Backslash", get("\\a")),
      bad("BackslashInPath", get("/a\\b")),
      bad("Quote", get("/a\"b")),
      bad("Less", get("/a<b")),
      bad("Greater", get("/a?b>c")),
      bad("Braces", get("/{a}")),
      bad("HalfEscape", get("/a%2")),
      bad("EmptyEscape", get("/a%")),
      bad("NoHexEscape", get("/a%zz")),
      bad("SecondNoHexEscape", get("/a%2g")),
      bad("UnicodeEscape", get("/a%u0041")),
      bad("EscapeInTwoParts", get("/a%2?0")),
      ok("HalfEscapeInQuery", get("/?a=100%"), "GET /?a=100%"),
      ok("NoHexEscapeInQuery", get("/?a=%zz%4"), "GET /?a=%zz%4"),
      bad("EscapedNul", get("/a%00b")),
      bad("RawUtf8", get("/\xc3\xa9")),
      bad("RawUtf8InQuery", get("/?\xc3\xa9")),
      bad("RawLatin1", get("/\xe9")),
      bad("HighestByte", get("/\xff")),
      ok("LongestTarget", get("/" + std::string(8191, 'a')), "GET /" + std::string(8191, 'a')),
      bad("TooLongTarget", get("/" + std::string(8192, 'a')), 414),
      bad("TooLongQuery", get("/?" + std::string(8192, 'a')), 414),
      bad("EndlessTarget", "GET /" + std::string(20'000, 'a'), 414),
  };
  for (const int c : {0x00, 0x01, 0x07, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f})
    cases.push_back(bad(fmt::format("Control{:02x}", c), get("/a"s + static_cast<char>(c))));
  return cases;
}

std::vector<Case> targetForms() {
  return {
      ok("Absolute", absolute("http://h/a?b", "h"), "GET /a?b"),
      ok("AbsoluteHttps", absolute("https://h/a", "h"), "GET /a"),
      ok("AbsoluteUpperCase", absolute("HTTP://h/a", "h"), "GET /a"),
      ok("AbsoluteWithPort", absolute("http://h:81/a", "h:81"), "GET /a"),
      ok("AbsoluteWithoutPath", absolute("http://h", "h"), "GET /"),
      ok("AbsoluteWithQueryOnly", absolute("http://h?a", "h"), "GET /?a"),
      ok("AbsoluteHostInOtherCase", absolute("http://H/a", "h"), "GET /a"),
      ok("AbsoluteOtherHost", absolute("http://a/", "b"), "GET /"),
      ok("AbsoluteOtherPort", absolute("http://a:1/", "a:2"), "GET /"),
      bad("AbsoluteBesideABadHost", absolute("http://a/", "a/b")),
      bad("AbsoluteBesideTwoHosts", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
      bad("AbsoluteWithoutHostField", "GET http://h/ HTTP/1.1\r\n\r\n"),
      {.name = "AbsoluteOfHttp10", .bytes = "GET http://h/a HTTP/1.0\r\n\r\n", .served = {"GET /a"}, .closes = true},
      bad("AbsoluteWithUser", absolute("http://me@h/", "h")),
      bad("AbsoluteWithPassword", absolute("http://me:pass@h/", "h")),
      bad("AbsoluteWithoutHost", absolute("http:///a", "h")),
      bad("AbsoluteWithFragment", absolute("http://h#a", "h")),
      bad("AbsoluteOtherScheme", absolute("ftp://h/", "h")),
      bad("AbsoluteFile", absolute("file:///etc/passwd", "h")),
      bad("AbsoluteOneSlash", absolute("http:/h/", "h")),
      bad("AbsoluteBackslashes", absolute("http:\\\\h\\", "h")),
      bad("OnlyAScheme", get("http")),
      bad("OnlyASchemeAndColon", get("https:")),
      bad("OnlyASchemeAndSlashes", get("http://")),
      bad("Authority", get("h:443")),
      bad("AuthorityOfConnect", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 501),
      bad("AsteriskOfGet", get("*")),
      bad("AsteriskOfPost", "POST * HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
      ok("AsteriskOfOptions", start("OPTIONS * HTTP/1.1"), "OPTIONS *"),
      ok("AsteriskOfOptionsAbsolute", start("OPTIONS http://h HTTP/1.1"), "OPTIONS *"),
      ok("OptionsOfRootAbsolute", start("OPTIONS http://h/ HTTP/1.1"), "OPTIONS /"),
      bad("AsteriskWithMore", start("OPTIONS *a HTTP/1.1")),
      bad("AsteriskWithQuery", start("OPTIONS *?a HTTP/1.1")),
  };
}

std::vector<Case> hosts() {
  return {
      ok("Name", host(" example.com"), "GET /"),
      ok("NameAndPort", host(" example.com:8080"), "GET /"),
      ok("WithoutBlank", host("example.com"), "GET /"),
      ok("Ipv4", host(" 127.0.0.1:80"), "GET /"),
      ok("Ipv6", host(" [::1]"), "GET /"),
      ok("Ipv6AndPort", host(" [2001:db8::1]:80"), "GET /"),
      ok("Underscore", host(" my_host"), "GET /"),
      bad("None", "GET / HTTP/1.1\r\n\r\n"),
      bad("Two", get("/", "Host: h\r\n")),
      bad("TwoDifferent", get("/", "Host: i\r\n")),
      bad("TwoInOtherCase", get("/", "hOST: i\r\n")),
      bad("Empty", host("")),
      bad("Blank", host(" \t ")),
      bad("List", host(" a, b")),
      bad("TwoNames", host(" a b")),
      bad("Path", host(" a/b")),
      bad("Url", host(" http://a")),
      bad("User", host(" me@a")),
      bad("Fragment", host(" a#b")),
      bad("Query", host(" a?b")),
      bad("Backslash", host(" a\\b")),
      bad("Escape", host(" a%62")),
      bad("NonAscii", host(" \xc3\xa9.com")),
      bad("EmptyPort", host(" a:")),
      bad("PortOfLetters", host(" a:b")),
      bad("PortTooHigh", host(" a:65536")),
      bad("NegativePort", host(" a:-1")),
      bad("TwoPorts", host(" a:1:2")),
      bad("OnlyPort", host(" :80")),
      bad("Ipv6WithoutBrackets", host(" ::1")),
      bad("Ipv6WithoutEnd", host(" [::1")),
      bad("Ipv6WithMoreAfter", host(" [::1]a")),
      bad("Ipv6WithZone", host(" [fe80::1%25eth0]")),
      bad("EmptyBrackets", host(" []")),
      bad("OfHttp10Bad", "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"),
      bad("OfHttp10Two", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
  };
}

std::vector<Case> fields() {
  std::vector<Case> cases{
      ok("EmptyValue", get("/", "A:\r\n"), "GET /"),
      ok("BlanksAroundValue", get("/", "A: \t b \t \r\n"), "GET /"),
      ok("TabInValue", get("/", "A: b\tc\r\n"), "GET /"),
      ok("ColonsInValue", get("/", "A: b:c:d\r\n"), "GET /"),
      ok("NonAsciiValue", get("/", "A: \xc3\xa9\xff\r\n"), "GET /"),
      ok("AllOfTokenInName", get("/", "!#$%&'*+-.^_`|~aZ09: b\r\n"), "GET /"),
      ok("SameNameTwice", get("/", "A: b\r\nA: c\r\n"), "GET /"),
      bad("BlankBeforeColon", get("/", "A : b\r\n")),
      bad("TabBeforeColon", get("/", "A\t: b\r\n")),
      bad("BlankBeforeColonOfHost", "GET / HTTP/1.1\r\nHost : h\r\n\r\n"),
      bad("BlankInName", get("/", "A B: c\r\n")),
      bad("BlankBeforeName", get("/", " A: b\r\n")),
      bad("EmptyName", get("/", ": b\r\n")),
      bad("OnlyColon", get("/", ":\r\n")),
      bad("NoColon", get("/", "A\r\n")),
      bad("NonAsciiName", get("/", "\xc3\xa9: b\r\n")),
      bad("Folded", get("/", "A: b\r\n c\r\n")),
      bad("FoldedByTab", get("/", "A: b\r\n\tc\r\n")),
      bad("FoldedEmpty", get("/", "A: b\r\n \r\n")),
      bad("FoldedHost", "GET / HTTP/1.1\r\nHost:\r\n h\r\n\r\n"),
      ok("AsManyAsMayBe",
         get("/",
             [] {
               std::string all;
               for (int i = 0; i < 99; ++i) all += "a:b\r\n";
               return all;
             }()),
         "GET /"),
      bad("OneTooMany",
          get("/",
              [] {
                std::string all;
                for (int i = 0; i < 100; ++i) all += "a:b\r\n";
                return all;
              }()),
          431),
      ok("LongValue", get("/", "A: " + std::string(16'000, 'b') + "\r\n"), "GET /"),
      bad("TooLongValue", get("/", "A: " + std::string(16'384, 'b') + "\r\n"), 431),
      bad("TooLongName", get("/", std::string(16'384, 'b') + ": a\r\n"), 431),
      bad("TooLongInAll", get("/", "A: " + std::string(9'000, 'b') + "\r\nB: " + std::string(9'000, 'b') + "\r\n"),
          431),
      bad("EndlessValue", "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(20'000, 'b'), 431),
  };
  for (const char c : "\"(),/;<=>?@[\\]{}"s)
    cases.push_back(bad(fmt::format("DelimiterInName{:02x}", static_cast<int>(c)), get("/", "A"s + c + "B: c\r\n")));
  for (const int c : {0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f}) {
    cases.push_back(bad(fmt::format("ControlInName{:02x}", c), get("/", "A"s + static_cast<char>(c) + ": b\r\n")));
    cases.push_back(bad(fmt::format("ControlInValue{:02x}", c), get("/", "A: b"s + static_cast<char>(c) + "\r\n")));
  }
  return cases;
}

// RFC 9110 §5.3: the lines of a list are one list; a field that is none is there once.
std::vector<Case> fieldLines() {
  std::vector<Case> cases{
      ok("AcceptTwice", get("/", "Accept: text/html\r\nAccept: text/x-component\r\n"), "GET /"),
      ok("IfMatchTwice", get("/", "If-Match: \"a\"\r\nIf-Match: \"b\"\r\n"), "GET /"),
      ok("ViaTwice", get("/", "Via: 1.1 a\r\nVia: 1.1 b\r\n"), "GET /"),
      ok("ForwardedForTwice", get("/", "X-Forwarded-For: a\r\nX-Forwarded-For: b\r\n"), "GET /"),
      ok("ListWithAnEmptyLine", get("/", "Accept:\r\nAccept: text/html\r\n"), "GET /"),
      bad("EqualOnes", get("/", "Origin: http://h\r\nOrigin: http://h\r\n")),
      bad("InOtherCase", get("/", "Origin: http://h\r\noRIGIN: http://i\r\n")),
      bad("SecondIsEmpty", get("/", "Cookie: a=b\r\nCookie:\r\n")),
      bad("FarApart", get("/", "Cookie: a=b\r\nAccept: a\r\nVia: 1.1 a\r\nAccept: b\r\nCookie: c=d\r\n")),
      bad("ContentTypeOfABody", post("Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 1\r\n", "a")),
      bad("OfHttp10", "GET / HTTP/1.0\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"),
      bad("ExpectTwice", post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "a"), 417),
  };
  for (const auto* const name : {"Access-Control-Request-Method",
                                 "Authorization",
                                 "Content-Location",
                                 "Content-Range",
                                 "Content-Type",
                                 "Cookie",
                                 "Date",
                                 "From",
                                 "If-Modified-Since",
                                 "If-Range",
                                 "If-Unmodified-Since",
                                 "Max-Forwards",
                                 "Origin",
                                 "Proxy-Authorization",
                                 "Range",
                                 "Referer",
                                 "Sec-Fetch-Site",
                                 "Sec-WebSocket-Key",
                                 "Sec-WebSocket-Version",
                                 "Upgrade-Insecure-Requests",
                                 "User-Agent"})
    cases.push_back(bad(fmt::format("{} twice", name), get("/", fmt::format("{0}: a\r\n{0}: b\r\n", name))));
  return cases;
}

}  // namespace

std::vector<Section> messageSections() {
  return {{"Rfc9112_2_2_MessageParsing", lines()}, {"Rfc9112_3_RequestLine", startLines()},
          {"Rfc9112_2_3_HttpVersion", versions()}, {"Rfc9110_9_Methods", methods()},
          {"Rfc9112_3_2_1_OriginForm", targets()}, {"Rfc9112_3_2_OtherForms", targetForms()},
          {"Rfc9110_7_2_Host", hosts()},           {"Rfc9112_5_FieldSyntax", fields()},
          {"Rfc9110_5_3_FieldLines", fieldLines()}};
}

}  // namespace duramen::conformance
