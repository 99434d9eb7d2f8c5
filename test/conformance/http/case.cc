#include "case.h"

#include <algorithm>
#include <iterator>

namespace duramen::conformance {

std::vector<Section> allSections() {
  std::vector<Section> all;
  for (auto* const sections : {messageSections, bodySections, connectionSections, smugglingSections})
    std::ranges::move(sections(), std::back_inserter(all));
  return all;
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view fields, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

Case ok(std::string name, std::string bytes, std::string served) {
  return {.name = std::move(name), .bytes = std::move(bytes), .served = {std::move(served)}};
}

Case bad(std::string name, std::string bytes, int status) {
  return {.name = std::move(name), .bytes = std::move(bytes), .refused = status};
}

}  // namespace duramen::conformance
