#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/base64.h"
#include "base/iso_date.h"
#include "base/utf8.h"

namespace duramen {

std::string describe(const JsonError& error) { return "byte " + std::to_string(error.offset) + ": " + error.what; }

namespace {

using boost::json::error_code;

// Takes the parser's events and builds the value.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  explicit Builder(std::size_t nodes) : nodesLeft_(nodes) {}

  Value take() { return std::move(root_); }
  bool tooMany() const { return tooMany_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return open(Value::Object{}, error); }
  bool on_object_end(std::size_t, error_code&) {
    auto& object = std::get<Value::Object>(open_.back()->is);
    keepLast(object);
    lastFields_ = object.size();
    open_.pop_back();
    return true;
  }
  bool on_array_begin(error_code& error) { return open(Value::List{}, error); }
  bool on_array_end(std::size_t, error_code&) {
    lastItems_ = std::get<Value::List>(open_.back()->is).size();
    open_.pop_back();
    return true;
  }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) { return hold(part); }
  bool on_key(boost::json::string_view part, std::size_t, error_code&) {
    hold(part);
    auto& object = std::get<Value::Object>(open_.back()->is);
    if (object.empty()) object.reserve(std::exchange(lastFields_, 0));
    object.push_back({std::exchange(text_, {}), {}});
    return true;
  }
  bool on_string_part(boost::json::string_view part, std::size_t, error_code&) { return hold(part); }
  bool on_string(boost::json::string_view part, std::size_t, error_code& error) {
    hold(part);
    return put(Value{std::exchange(text_, {})}, error);
  }
  bool on_number_part(boost::json::string_view part, error_code&) { return hold(part); }
  bool on_int64(std::int64_t number, boost::json::string_view, error_code& error) {
    text_.clear();
    return put(Value{number}, error);
  }
  // The parser's own conversion may be one bit off: the text is read again.
  bool on_uint64(std::uint64_t, boost::json::string_view part, error_code& error) { return putReal(part, error); }
  bool on_double(double, boost::json::string_view part, error_code& error) { return putReal(part, error); }
  bool on_bool(bool value, error_code& error) { return put(Value{value}, error); }
  bool on_null(error_code& error) { return put(Value{nullptr}, error); }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

 private:
  bool hold(boost::json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool putReal(boost::json::string_view part, error_code& error) {
    hold(part);
    double number = 0;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    if (read.ec == std::errc::result_out_of_range) number = outOfRange(text_);
    text_.clear();
    return put(Value{number}, error);
  }
  // As JavaScript: too small is zero, too large an infinity.
  static double outOfRange(std::string_view text) {
    const double size = text.find("e-") != text.npos || text.find("E-") != text.npos ? 0 : HUGE_VAL;
    return text.front() == '-' ? -size : size;
  }
  // Where the next value goes; null if there are too many.
  Value* place(error_code& error) {
    if (nodesLeft_ == 0) {
      tooMany_ = true;
      error = boost::json::error::array_too_large;
      return nullptr;
    }
    --nodesLeft_;
    if (open_.empty()) return &root_;
    if (auto* list = std::get_if<Value::List>(&open_.back()->is)) {
      if (list->empty()) list->reserve(std::exchange(lastItems_, 0));
      return &list->emplace_back();
    }
    return &std::get<Value::Object>(open_.back()->is).back().value;
  }
  bool put(Value value, error_code& error) {
    Value* const to = place(error);
    if (to) *to = std::move(value);
    return to != nullptr;
  }
  // The pointer stays good: a list grows only while its last item is closed.
  template <class Container>
  bool open(Container container, error_code& error) {
    Value* const to = place(error);
    if (!to) return false;
    to->is = std::move(container);
    open_.push_back(to);
    return true;
  }
  static void keepLast(Value::Object& object) {
    constexpr std::size_t few = 12;  // below, comparing each with each is cheaper than a table
    if (object.size() <= few) {
      for (std::size_t i = 0; i < object.size(); ++i)
        for (std::size_t later = i + 1; later < object.size();) {
          if (object[i].name != object[later].name) {
            ++later;
            continue;
          }
          object[i].value = std::move(object[later].value);
          object.erase(object.begin() + static_cast<std::ptrdiff_t>(later));
        }
      return;
    }
    std::unordered_map<std::string_view, std::size_t> firstAt;
    Value::Object kept;
    kept.reserve(object.size());
    for (ValueField& field : object) {
      const auto [at, fresh] = firstAt.try_emplace(field.name, kept.size());
      if (fresh)
        kept.push_back({std::string(field.name), std::move(field.value)});
      else
        kept[at->second].value = std::move(field.value);
    }
    object = std::move(kept);
  }

  Value root_;
  std::vector<Value*> open_;
  // Room for as many as the one closed before had: records are alike. It is given once, so that lists within lists do
  // not each take it: at most twice the memory is taken that is needed.
  std::size_t lastFields_ = 0, lastItems_ = 0;
  std::string text_;
  std::size_t nodesLeft_;
  bool tooMany_ = false;
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
  if (text.size() > limits.bytes) return std::unexpected(JsonError{limits.bytes, "too long"});
  boost::json::parse_options options;
  options.max_depth = limits.depth;
  boost::json::basic_parser<Builder> parser{options, limits.nodes};
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = boost::json::error::extra_data;
  if (!error) return parser.handler().take();
  if (parser.handler().tooMany()) return std::unexpected(JsonError{read, "too many values"});
  return std::unexpected(JsonError{read, error.message()});
}

std::expected<std::string, JsonError> tapeToJson(const detail::Tape& tape) {
  std::string out;
  out.reserve(tape.size());
  detail::TapeReader reader{tape};
  if (const char* wrong = Writer{out}.value(reader)) return std::unexpected(JsonError{out.size(), wrong});
  return out;
}

}  // namespace duramen
