// Any bytes as what a client sends on one connection, in whole and in pieces: the same requests, the same refusal, and
// nothing that is larger than the limits.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "server/request_parser.h"

namespace {

using duramen::server::BodyStore;
using duramen::server::HttpLimits;
using duramen::server::RequestParser;

constexpr HttpLimits limits{.urlBytes = 64, .headerBytes = 256, .headerCount = 8, .bodyBytes = 128, .uploadBytes = 192};

// What came of the bytes, as text.
std::string outcome(const std::string& bytes, std::size_t piece) {
  std::string out;
  const BodyStore bodies;
  std::optional<RequestParser> parser;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string part = bytes.substr(at, piece);
    std::span<const std::byte> rest = std::as_bytes(std::span(part));
    while (!rest.empty()) {
      if (!parser) parser.emplace(limits, bodies);
      const auto used = parser->feed(rest);
      if (!used) return out + "refused " + std::to_string(used.error().status) + ' ' + used.error().text;
      if (!parser->done() && *used != rest.size()) std::abort();
      rest = rest.subspan(*used);
      if (parser->bodyBytes() > limits.uploadBytes) std::abort();
      if (!parser->done()) continue;
      out += parser->keepAlive() ? "kept " : "closing ";
      const duramen::Request request = parser->takeRequest();
      parser.reset();
      if (request.path.size() + request.query.size() > limits.urlBytes || request.path.empty()) std::abort();
      if (request.headers.size() > limits.headerCount) std::abort();
      out += request.method + ' ' + request.path + '?' + request.query + '\n';
      for (const auto& [name, value] : request.headers) {
        if (name.find_first_of("\r\n: ") != name.npos || value.find_first_of("\r\n") != value.npos) std::abort();
        out.append(name).append(": ").append(value) += '\n';
      }
      out.append(request.body) += '\n';
    }
  }
  return parser ? out + "and more is to come" : out;
}

}  // namespace

// The first byte says how the input is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string whole = outcome(bytes, bytes.size());
  if (outcome(bytes, 1) != whole || outcome(bytes, 1 + data[0]) != whole) std::abort();
  return 0;
}
