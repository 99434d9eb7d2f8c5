#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/iso_date.h"
#include "base/last_fields.h"
#include "base/utf8.h"

namespace duramen {

std::string describe(const JsonError& error) { return "byte " + std::to_string(error.offset) + ": " + error.what; }

namespace {

// Reads text that is UTF-8 and builds the value on the way.
class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits, std::size_t& nodesLeft)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), limits_(limits), nodesLeft_(nodesLeft) {}

  // False if it is no JSON: error() says why.
  bool parse(Value& into) {
    skipSpace();
    if (!value(into, 0)) return false;
    skipSpace();
    return at_ == end_ || fail("expected the end");
  }
  JsonError error() const { return {static_cast<std::size_t>(at_ - begin_), wrong_}; }

 private:
  bool fail(const char* wrong) {
    wrong_ = wrong;
    return false;
  }
  void skipSpace() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool skip(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool skip(std::string_view word) {
    if (!std::string_view{at_, end_}.starts_with(word)) return fail("expected a value");
    at_ += word.size();
    return true;
  }

  bool value(Value& into, std::size_t depth) {
    if (at_ == end_) return fail("expected a value");
    if (nodesLeft_ == 0) return fail("too many values");
    --nodesLeft_;
    switch (*at_) {
      case '"':
        ++at_;
        return text(into.is.emplace<std::string>());
      case '[':
        if (depth == limits_.depth) return fail("too deep");
        ++at_;
        return list(into.is.emplace<Value::List>(), depth + 1);
      case '{':
        if (depth == limits_.depth) return fail("too deep");
        ++at_;
        return object(into.is.emplace<Value::Object>(), depth + 1);
      case 't':
        into.is = true;
        return skip("true");
      case 'f':
        into.is = false;
        return skip("false");
      case 'n':
        into.is = nullptr;
        return skip("null");
      default:
        return number(into);
    }
  }

  bool list(Value::List& into, std::size_t depth) {
    skipSpace();
    if (skip(']')) return true;
    into.reserve(std::exchange(lastItems_, 0));
    do {
      skipSpace();
      if (!value(into.emplace_back(), depth)) return false;
      skipSpace();
    } while (skip(','));
    lastItems_ = into.size();
    return skip(']') || fail("expected ',' or ']'");
  }

  bool object(Value::Object& into, std::size_t depth) {
    skipSpace();
    if (skip('}')) return true;
    into.reserve(std::exchange(lastFields_, 0));
    do {
      skipSpace();
      if (!skip('"')) return fail("expected a name");
      ValueField& field = into.emplace_back();
      if (!text(field.name)) return false;
      skipSpace();
      if (!skip(':')) return fail("expected ':'");
      skipSpace();
      if (!value(field.value, depth)) return false;
      skipSpace();
    } while (skip(','));
    keepLastFields(into);
    lastFields_ = into.size();
    return skip('}') || fail("expected ',' or '}'");
  }

  // Behind the quote that opens it.
  bool text(std::string& into) {
    for (;;) {
      const char* const run = at_;
      skipPlain();
      into.append(run, at_);
      if (at_ == end_) return fail("a text without an end");
      if (skip('"')) return true;
      if (!skip('\\')) return fail("a control character in a text");
      if (!escape(into)) return false;
    }
  }

  static bool isPlain(char c) {
    return static_cast<bool>((static_cast<unsigned char>(c) >= 0x20) & (c != '"') & (c != '\\'));
  }
  // Hot: most of what is read is text (json_bench.cc). To the next quote, backslash or control character; many bytes a
  // step, once a run has turned out to be long.
  void skipPlain() {
    for (int first = 0; first < 16; ++first, ++at_)
      if (at_ == end_ || !isPlain(*at_)) return;
    constexpr int many = 32;
    for (; end_ - at_ >= many; at_ += many) {
      bool all = true;
      for (int i = 0; i < many; ++i) all &= isPlain(at_[i]);
      if (!all) break;
    }
    while (at_ != end_ && isPlain(*at_)) ++at_;
  }

  // Behind the backslash.
  bool escape(std::string& into) {
    static constexpr auto meant = [] {
      std::array<char, 128> by{};
      for (const auto& [letter, is] : {std::pair{'"', '"'},
                                       {'\\', '\\'},
                                       {'/', '/'},
                                       {'b', '\b'},
                                       {'f', '\f'},
                                       {'n', '\n'},
                                       {'r', '\r'},
                                       {'t', '\t'}})
        by[static_cast<unsigned char>(letter)] = is;
      return by;
    }();
    if (at_ == end_) return fail("a text without an end");
    if (const auto letter = static_cast<unsigned char>(*at_); letter < meant.size() && meant[letter]) {
      ++at_;
      into += meant[letter];
      return true;
    }
    std::uint32_t character = 0, low = 0;
    if (!skip('u') || !fourDigits(character)) return fail("a wrong escape");
    if (character >= 0xD800 && character < 0xE000) {
      if (character >= 0xDC00 || !skip('\\') || !skip('u') || !fourDigits(low) || low < 0xDC00 || low >= 0xE000)
        return fail("half a surrogate pair");
      character = 0x10000 + ((character - 0xD800) << 10) + (low - 0xDC00);
    }
    appendUtf8(into, character);
    return true;
  }
  bool fourDigits(std::uint32_t& into) {
    if (end_ - at_ < 4) return false;
    for (const char* const last = at_ + 4; at_ != last; ++at_) {
      const int digit = hexDigit(*at_);
      if (digit < 0) return false;
      into = into << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  bool digits() {
    const char* const start = at_;
    while (at_ != end_ && isDigit(*at_)) ++at_;
    return at_ != start || fail("expected a digit");
  }
  bool number(Value& into) {
    const char* const start = at_;
    const bool isNegative = skip('-');
    if (at_ == end_ || !isDigit(*at_)) return fail("expected a value");
    if (!skip('0')) digits();
    const char* const wholeEnd = at_;
    if (skip('.') && !digits()) return false;
    if (skip('e') || skip('E')) {
      if (!skip('+')) skip('-');
      if (!digits()) return false;
    }
    if (at_ == wholeEnd) {
      std::int64_t whole = 0;
      if (wholeEnd - start <= 18) {
        for (const char* digit = start + (isNegative ? 1 : 0); digit != wholeEnd; ++digit)
          whole = 10 * whole + (*digit - '0');
        into.is = isNegative ? -whole : whole;
        return true;
      }
      if (std::from_chars(start, at_, whole).ec == std::errc{}) {
        into.is = whole;
        return true;
      }
    }
    double real = 0;
    if (std::from_chars(start, at_, real).ec == std::errc::result_out_of_range) real = outOfRange({start, at_});
    into.is = real;
    return true;
  }
  // As in JavaScript: too small is zero, too large an infinity.
  static double outOfRange(std::string_view number) {
    const bool isNegative = number.starts_with('-');
    if (isNegative) number.remove_prefix(1);
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    const std::size_t point = std::min(number.find('.'), e);
    const std::size_t first = number.substr(0, e).find_first_of("123456789");
    if (first == number.npos) return isNegative ? -0.0 : 0.0;
    double power = static_cast<double>(point) - static_cast<double>(first);  // of ten, of its first digit
    if (e < number.size()) {
      const bool isSmall = number[e + 1] == '-';
      double exponent = 0;
      for (const char c : number.substr(e + 1)) exponent = isDigit(c) ? 10 * exponent + (c - '0') : exponent;
      power += isSmall ? -exponent : exponent;
    }
    const double size = power > 0 ? HUGE_VAL : 0;
    return isNegative ? -size : size;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const JsonLimits& limits_;
  std::size_t& nodesLeft_;
  const char* wrong_ = "";
  // Room for as many as the one closed before had: records are alike. It is given once, so that lists within lists do
  // not each take it: at most twice the memory is taken that is needed.
  std::size_t lastFields_ = 0, lastItems_ = 0;
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  // Null if all is well.
  const char* value(detail::TapeReader& tape) {
    using detail::Op;
    switch (tape.next()) {
      case Op::text:
        return text(tape.text());
      case Op::integer:
        return put(tape.get<std::int64_t>());
      case Op::real:
        return real(tape.get<double>());
      case Op::yes:
        return put("true");
      case Op::no:
        return put("false");
      case Op::null:
      case Op::undefined:
        return put("null");
      case Op::array:
        return array(tape);
      case Op::object:
        return object(tape);
      case Op::bigInt:
        return text(tape.text());
      case Op::date:
        return date(tape.get<double>());
      case Op::bytes:
        tape.get<ArrayKind>();
        return text(toBase64(tape.text()));
      case Op::set:
        return array(tape);
      case Op::map:
        return map(tape);
      default:
        return "a node, an action, a file or a form is not plain data";
    }
  }

 private:
  const char* put(std::string_view text) {
    out_ += text;
    return nullptr;
  }
  const char* put(std::int64_t number) {
    char digits[24];
    return put({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
  }
  const char* real(double number) {
    if (!std::isfinite(number)) return "a number is not finite";
    if (number == 0 && std::signbit(number)) return put("-0.0");  // "-0" would be read as a whole number
    char digits[32];
    put({digits, static_cast<std::size_t>(detail::writeNumber(digits, number) - digits)});
    return nullptr;
  }
  const char* text(std::string_view text) {
    if (!isUtf8(text)) return "text is not UTF-8";
    appendJsonText(out_, text);
    return nullptr;
  }
  const char* array(detail::TapeReader& tape) {
    out_ += '[';
    for (std::uint32_t left = tape.get<std::uint32_t>(); left; --left) {
      if (const char* wrong = value(tape)) return wrong;
      if (left > 1) out_ += ',';
    }
    return put("]");
  }
  const char* date(double milliseconds) {
    const auto date = dateOf(milliseconds);
    return date ? text(toIsoString(*date)) : "a date is beyond the year 275760";
  }
  // JSON's names are text only, so a map is a list of pairs.
  const char* map(detail::TapeReader& tape) {
    out_ += '[';
    for (std::uint32_t left = tape.get<std::uint32_t>(); left; --left) {
      out_ += '[';
      if (const char* wrong = value(tape)) return wrong;
      out_ += ',';
      if (const char* wrong = value(tape)) return wrong;
      put(left > 1 ? "]," : "]");
    }
    return put("]");
  }
  const char* object(detail::TapeReader& tape) {
    char before = '{';
    for (std::uint32_t left = tape.get<std::uint32_t>(); left; --left) {
      tape.next();
      const std::string_view name = tape.shortText();
      if (tape.peek() == detail::Op::undefined) {
        tape.next();
        continue;
      }
      out_ += std::exchange(before, ',');
      if (const char* wrong = text(name)) return wrong;
      out_ += ':';
      if (const char* wrong = value(tape)) return wrong;
    }
    return put(before == '{' ? "{}" : "}");
  }

  std::string& out_;
};

}  // namespace

void appendJsonText(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out += '"';
  const char* run = text.data();
  const char* const end = run + text.size();
  for (const char* at = run; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c >= 0x20 && c != '"' && c != '\\') [[likely]]
      continue;
    out.append(run, at);
    run = at + 1;
    out += '\\';
    switch (c) {
      case '\b':
        out += 'b';
        break;
      case '\t':
        out += 't';
        break;
      case '\n':
        out += 'n';
        break;
      case '\f':
        out += 'f';
        break;
      case '\r':
        out += 'r';
        break;
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      default:
        ((out += "u00") += hex[c >> 4]) += hex[c & 15];
    }
  }
  out.append(run, end);
  out += '"';
}

std::expected<Value, JsonError> parseJson(std::string_view text, const JsonLimits& limits) {
  std::size_t nodesLeft = limits.nodes;
  return parseJson(text, limits, nodesLeft);
}

std::expected<Value, JsonError> parseJson(std::string_view text, const JsonLimits& limits, std::size_t& nodesLeft) {
  if (text.size() > limits.bytes) return std::unexpected(JsonError{limits.bytes, "too long"});
  if (!isUtf8(text)) return std::unexpected(JsonError{*firstInvalidUtf8(text), "no UTF-8"});
  Parser parser{text, limits, nodesLeft};
  Value value;
  if (!parser.parse(value)) return std::unexpected(parser.error());
  return value;
}

std::expected<std::string, JsonError> tapeToJson(const detail::Tape& tape) {
  std::string out;
  out.reserve(tape.size());
  detail::TapeReader reader{tape};
  if (const char* wrong = Writer{out}.value(reader)) return std::unexpected(JsonError{out.size(), wrong});
  return out;
}

}  // namespace duramen
