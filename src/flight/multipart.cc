#include "flight/multipart.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"

namespace duramen::flight {
namespace {

// The value of `name=value` or `name="value"` among the parameters of a header.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(';'); at < header.size();) {
    const std::string_view rest = header.substr(at + 1);
    const std::size_t equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    std::string value;
    std::size_t end = equals + 1;
    if (end < rest.size() && rest[end] == '"') {
      for (++end; end < rest.size() && rest[end] != '"'; ++end) value += rest[end];
      if (end == rest.size()) return std::nullopt;
      ++end;
    } else {
      end = std::min(rest.find(';', end), rest.size());
      value = trimmedBlanks(rest.substr(equals + 1, end - equals - 1));
    }
    if (equalIgnoringCase(trimmedBlanks(rest.substr(0, equals)), name)) return value;
    at = header.find(';', at + 1 + end);
  }
  return std::nullopt;
}

// Browsers spell a quote and line ends so in names (HTML, "multipart/form-data encoding algorithm").
std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> escapes[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
  std::string out;
  while (!text.empty()) {
    const auto* const at =
        std::ranges::find_if(escapes, [&](const auto& each) { return text.starts_with(each.first); });
    out += at == std::end(escapes) ? text.front() : at->second;
    text.remove_prefix(at == std::end(escapes) ? 1 : at->first.size());
  }
  return out;
}

// Hot: it passes over all of an upload, on a loop that others wait for (flight_bench.cc, BM_ParseUpload). find() stops
// at each '\r', which takes 50 times as long if there is nothing else; this looks for the start of the delimiter in
// many places at once, and closer only where there is one.
std::size_t findDelimiter(std::string_view body, std::string_view delimiter, std::size_t from) {
  constexpr std::size_t places = 64;
  for (; body.size() - from >= places + delimiter.size(); from += places) {
    const char* const at = body.data() + from;
    bool begins = false;
    for (std::size_t i = 0; i < places; ++i)
      begins |= static_cast<bool>((at[i] == '\r') & (at[i + 1] == '\n') & (at[i + 2] == '-') & (at[i + 3] == '-'));
    if (!begins) [[likely]]
      continue;
    const std::size_t found = body.substr(from, places + delimiter.size() - 1).find(delimiter);
    if (found != body.npos) return from + found;
  }
  return body.find(delimiter, from);
}

class Parser {
 public:
  Parser(const SharedBytes& body, std::string_view boundary, const MultipartLimits& limits)
      : whole_(body), body_(body), delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}

  std::expected<std::vector<Part>, MultipartError> parse() {
    std::vector<Part> parts;
    // The first delimiter has no line end before it.
    if (!body_.starts_with(std::string_view{delimiter_}.substr(2))) return fail("expected the boundary");
    at_ = delimiter_.size() - 2;
    while (!body_.substr(at_).starts_with("--")) {
      if (parts.size() == limits_.parts) return fail("more than " + std::to_string(limits_.parts) + " parts");
      if (!body_.substr(at_).starts_with("\r\n")) return fail("expected a line end after the boundary");
      at_ += 2;
      Part part;
      if (auto wrong = headers(part); !wrong.empty()) return fail(std::move(wrong));
      // An empty part shares its line end with the headers.
      const std::size_t end = findDelimiter(body_, delimiter_, at_ - 2);
      if (end == body_.npos) return fail("a part that does not end");
      if (end > at_) part.data = whole_.part(body_.substr(at_, end - at_));
      if (!part.isFile) {
        textBytes_ += part.data.size();
        if (textBytes_ > limits_.textBytes)
          return fail("more than " + std::to_string(limits_.textBytes) + " bytes of text");
        if (!isUtf8(part.data)) return fail("text that is not UTF-8");
      }
      at_ = end + delimiter_.size();
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  std::unexpected<MultipartError> fail(std::string what) const {
    return std::unexpected(MultipartError{at_, std::move(what)});
  }

  // What is wrong; empty if nothing.
  std::string headers(Part& part) {
    const std::size_t begin = at_;
    bool named = false;
    for (;;) {
      const std::size_t end = body_.find("\r\n", at_);
      if (end == body_.npos || end - begin > limits_.headerBytes)
        return "expected the headers of a part, of at most " + std::to_string(limits_.headerBytes) + " bytes";
      const std::string_view line = body_.substr(at_, end - at_);
      at_ = end + 2;
      if (line.empty()) break;
      const std::size_t colon = line.find(':');
      if (colon == line.npos) return "a header without a colon";
      if (auto wrong = header(part, line.substr(0, colon), trimmedBlanks(line.substr(colon + 1)), named);
          !wrong.empty())
        return wrong;
    }
    return named ? std::string{} : "a part without a name";
  }

  static std::string header(Part& part, std::string_view name, std::string_view value, bool& named) {
    if (equalIgnoringCase(name, "Content-Type")) {
      part.type = value;
      return isUtf8(value) ? "" : "a type that is not UTF-8";
    }
    if (!equalIgnoringCase(name, "Content-Disposition")) return {};
    if (!equalIgnoringCase(trimmedBlanks(value.substr(0, value.find(';'))), "form-data"))
      return "a part that is no form-data";
    const auto partName = parameter(value, "name");
    if (!partName || named) return "a part without a name, or with two";
    named = true;
    part.name = unescaped(*partName);
    if (const auto filename = parameter(value, "filename")) {
      part.isFile = true;
      part.filename = unescaped(*filename);
    }
    return isUtf8(part.name) && isUtf8(part.filename) ? "" : "a name that is not UTF-8";
  }

  const SharedBytes& whole_;
  const std::string_view body_;
  const std::string delimiter_;
  const MultipartLimits& limits_;
  std::size_t at_ = 0;
  std::size_t textBytes_ = 0;
};

}  // namespace

std::string describe(const MultipartError& error) { return "byte " + std::to_string(error.offset) + ": " + error.what; }

std::optional<std::string> multipartBoundary(std::string_view contentType) {
  if (!equalIgnoringCase(trimmedBlanks(contentType.substr(0, contentType.find(';'))), "multipart/form-data"))
    return std::nullopt;
  auto boundary = parameter(contentType, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;
  return boundary;
}

std::expected<std::vector<Part>, MultipartError> parseMultipart(const SharedBytes& body, std::string_view boundary,
                                                                const MultipartLimits& limits) {
  return Parser{body, boundary, limits}.parse();
}

}  // namespace duramen::flight
