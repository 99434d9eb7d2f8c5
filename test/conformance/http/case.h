#pragma once
// The conformance suite of HTTP/1.1: bytes that a client sends, and what has to come of them. The tables are named
// after the sections of RFC 9110 and RFC 9112; the test sends them to our server, compare_main.cc to any.

#include <string>
#include <string_view>
#include <vector>

namespace duramen::conformance {

struct Case {
  std::string name;   // "FoldedField"
  std::string bytes;  // what is sent, before the probe
  // What the handler sees: "POST /path?query body", each line of it answered 200.
  std::vector<std::string> served = {};
  int refused = 0;      // the status of a last answer that no handler gave; the connection closes after it
  bool closes = false;  // after what was served, as the client asked
};

struct Section {
  std::string name;  // "Rfc9112_3_2_RequestTarget"
  std::vector<Case> cases;
};

// Follows the bytes of each case. It is answered, last, exactly if the connection is still open and in step.
inline constexpr std::string_view probe = "GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";

std::vector<Section> allSections();

// The tables.
std::vector<Section> messageSections();     // RFC 9112 §2 to §5
std::vector<Section> bodySections();        // RFC 9112 §6 and §7
std::vector<Section> connectionSections();  // RFC 9112 §9, RFC 9110
std::vector<Section> smugglingSections();   // the published families of request smuggling

// "GET `target` HTTP/1.1", a Host, these fields ("A: b\r\n"), and the empty line.
std::string get(std::string_view target, std::string_view fields = "");
// Likewise "POST /", and `body` as it is.
std::string post(std::string_view fields, std::string_view body);
std::string chunked(std::string_view body);
Case ok(std::string name, std::string bytes, std::string served);
Case bad(std::string name, std::string bytes, int status = 400);

}  // namespace duramen::conformance
