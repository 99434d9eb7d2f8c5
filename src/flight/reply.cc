#include "flight/reply.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/json.h"

namespace duramen::flight {
namespace {

// Where the walk is; spelled only for an error.
struct Place {
  const Place* up = nullptr;
  std::string_view name;
  std::size_t index = 0;

  std::string toString() const {
    if (!up) return {};
    if (!up->up) return "argument " + std::to_string(index + 1);
    const std::string before = up->toString();
    return name.data() ? before + "." + std::string(name) : before + "[" + std::to_string(index) + "]";
  }
};

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  const std::string_view front = text.substr(0, most);
  const bool printable = std::ranges::all_of(front, [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable) return "a token";
  return "\"" + std::string(front) + (text.size() > most ? "...\"" : "\"");
}

// YYYY-MM-DDTHH:mm:ss.sssZ, years beyond four digits as +YYYYYY or -YYYYYY: what toISOString gives.
bool isDate(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) {
    if (text.size() != 27) return false;
    for (const char c : text.substr(1, 2))
      if (c < '0' || c > '9') return false;
    text.remove_prefix(3);
  }
  constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
  return text.size() == form.size() &&
         std::ranges::equal(text, form, [](char c, char of) { return of == '0' ? c >= '0' && c <= '9' : c == of; });
}

std::string_view tokenName(char letter) {
  switch (letter) {
    case 'h':
      return "a function of the server";
    case 'Q':
      return "a Map";
    case 'W':
      return "a Set";
    case 'i':
      return "an iterator";
    case 'K':
      return "FormData";
    case 'B':
      return "a File or a Blob";
    case '@':
      return "a Promise";
    case 'R':
    case 'r':
    case 'X':
    case 'x':
      return "a stream";
    case 'T':
      return "a temporary reference";
    case 'A':
    case 'O':
    case 'o':
    case 'U':
    case 'S':
    case 's':
    case 'L':
    case 'l':
    case 'G':
    case 'g':
    case 'M':
    case 'm':
    case 'V':
      return "bytes";
    default:
      return {};
  }
}

class Decoder {
 public:
  Decoder(const Value& root, const ReplyLimits& limits) : root_(root), limits_(limits) {}

  // False if there was an error.
  bool revive(const Value& value, Value& into, const Place& place, std::size_t depth) {
    if (depth > limits_.depth) return fail(place, "nested at most " + std::to_string(limits_.depth) + " deep");
    if (++nodes_ > limits_.nodes) return fail(place, "at most " + std::to_string(limits_.nodes) + " values");
    if (const auto* text = std::get_if<std::string>(&value.is)) return reviveText(*text, into, place, depth);
    if (const auto* list = std::get_if<Value::List>(&value.is)) return reviveList(*list, into, place, depth);
    if (const auto* object = std::get_if<Value::Object>(&value.is)) return reviveObject(*object, into, place, depth);
    into = value;
    return true;
  }
  ReplyError takeError() { return std::move(*error_); }

 private:
  bool fail(const Place& place, std::string expected, std::string got = "more") {
    error_ = ReplyError{place.toString(), "expected " + std::move(expected) + ", got " + std::move(got)};
    return false;
  }

  // A list or an object is open while it is revived: a reference to an open one is a cycle.
  struct Open {
    Open(Decoder& decoder, const void* at) : decoder_(decoder) { decoder_.open_.push_back(at); }
    ~Open() { decoder_.open_.pop_back(); }
    Decoder& decoder_;
  };

  bool reviveList(const Value::List& list, Value& into, const Place& place, std::size_t depth) {
    const Open open{*this, &list};
    Value::List revived(list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!revive(list[i], revived[i], Place{&place, {}, i}, depth + 1)) return false;
    into.is = std::move(revived);
    return true;
  }

  bool reviveObject(const Value::Object& object, Value& into, const Place& place, std::size_t depth) {
    const Open open{*this, &object};
    Value::Object revived;
    for (const auto& [name, value] : object) {
      if (name == "__proto__") continue;
      ValueField field{name, {}};
      if (!countText(name, place) || !revive(value, field.value, Place{&place, name, 0}, depth + 1)) return false;
      if (!std::holds_alternative<Undefined>(field.value.is)) revived.push_back(std::move(field));
    }
    into.is = std::move(revived);
    return true;
  }

  bool countText(std::string_view text, const Place& place) {
    if (text.size() > limits_.stringBytes)
      return fail(place, "text of at most " + std::to_string(limits_.stringBytes) + " bytes",
                  std::to_string(text.size()));
    textBytes_ += text.size();
    if (textBytes_ > limits_.textBytes)
      return fail(place, "at most " + std::to_string(limits_.textBytes) + " bytes of text");
    return true;
  }

  bool reviveText(const std::string& text, Value& into, const Place& place, std::size_t depth) {
    if (!countText(text, place)) return false;
    if (!text.starts_with('$')) {
      into.is = text;
      return true;
    }
    return token(std::string_view{text}.substr(1), text, into, place, depth);
  }

  bool token(std::string_view rest, const std::string& whole, Value& into, const Place& place, std::size_t depth) {
    const auto is = [&](auto value) {
      into.is = std::move(value);
      return true;
    };
    if (rest.empty()) return fail(place, "a token after '$'", "none");
    if (rest.starts_with('$')) return is(std::string(rest));
    if (rest == "undefined") return is(Undefined{});
    if (rest == "NaN") return is(std::numeric_limits<double>::quiet_NaN());
    if (rest == "Infinity") return is(std::numeric_limits<double>::infinity());
    if (rest == "-Infinity") return is(-std::numeric_limits<double>::infinity());
    if (rest == "-0") return is(-0.0);
    if (rest.starts_with('n')) return bigInt(rest.substr(1), whole, into, place);
    if (rest.starts_with('D')) {
      if (!isDate(rest.substr(1))) return fail(place, "a date as toISOString writes it", shown(whole));
      return is(std::string(rest.substr(1)));
    }
    if (const std::string_view what = tokenName(rest.front()); !what.empty())
      return fail(place, "a value that JSON text can carry", std::string(what));
    return reference(rest, whole, into, place, depth);
  }

  bool bigInt(std::string_view digits, const std::string& whole, Value& into, const Place& place) {
    const std::string_view unsignedDigits = digits.substr(digits.starts_with('-') ? 1 : 0);
    const bool decimal = !unsignedDigits.empty() && unsignedDigits.size() <= limits_.bigIntDigits &&
                         std::ranges::all_of(unsignedDigits, [](char c) { return c >= '0' && c <= '9'; });
    if (!decimal)
      return fail(place, "a BigInt of at most " + std::to_string(limits_.bigIntDigits) + " digits", shown(whole));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{}) return fail(place, "a whole number of 64 bits", shown(whole));
    into.is = number;
    return true;
  }

  // $0:1:name: something else in the same arguments. Own items and fields only.
  bool reference(std::string_view rest, const std::string& whole, Value& into, const Place& place, std::size_t depth) {
    const std::size_t idEnd = std::min(rest.find(':'), rest.size());
    const std::string_view id = rest.substr(0, idEnd);
    const bool isHex = !id.empty() && id.size() <= 8 &&
                       std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!isHex) return fail(place, "a token that encodeReply writes", shown(whole));
    if (id != "0")
      return fail(place, "a reference into these arguments", "one to part " + shown(id) + ", which is not here");
    const Value* target = &root_;
    for (std::string_view path = rest.substr(idEnd); !path.empty();) {
      path.remove_prefix(1);
      const std::size_t end = std::min(path.find(':'), path.size());
      target = step(*target, path.substr(0, end));
      if (searched_ > maxSearched) return fail(place, "references that are found sooner", shown(whole));
      if (!target) return fail(place, "a reference to something that is there", shown(whole));
      path.remove_prefix(end);
    }
    if (isOpen(*target)) return fail(place, "values without cycles", shown(whole));
    return revive(*target, into, place, depth + 1);
  }

  bool isOpen(const Value& target) const {
    const void* at = nullptr;
    if (const auto* list = std::get_if<Value::List>(&target.is))
      at = list;
    else if (const auto* object = std::get_if<Value::Object>(&target.is))
      at = object;
    return at && std::ranges::find(open_, at) != open_.end();
  }

  const Value* step(const Value& from, std::string_view segment) {
    if (const auto* list = std::get_if<Value::List>(&from.is)) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
      const bool canonical = error == std::errc{} && end == segment.data() + segment.size() &&
                             (segment.size() == 1 || !segment.starts_with('0'));
      return canonical && index < list->size() ? &(*list)[index] : nullptr;
    }
    const auto* object = std::get_if<Value::Object>(&from.is);
    if (!object || segment == "__proto__") return nullptr;
    const auto at = std::ranges::find(*object, segment, &ValueField::name);
    searched_ += static_cast<std::size_t>(at - object->begin());
    return at == object->end() ? nullptr : &at->value;
  }

  // Fields that references are looked for among: what is sent must not cost its square.
  static constexpr std::size_t maxSearched = 10'000'000;

  const Value& root_;
  const ReplyLimits& limits_;
  std::size_t searched_ = 0;
  std::size_t nodes_ = 0;
  std::size_t textBytes_ = 0;
  std::vector<const void*> open_;
  std::optional<ReplyError> error_;
};

}  // namespace

std::string describe(const ReplyError& error) { return error.where + ": " + error.what; }

std::expected<std::vector<Value>, ReplyError> decodeArguments(std::string_view body, const ReplyLimits& limits) {
  const JsonLimits json{.depth = limits.depth, .nodes = limits.nodes, .bytes = 2 * limits.textBytes};
  const auto parsed = parseJson(body, json);
  if (!parsed)
    return std::unexpected(ReplyError{"arguments", "expected JSON, got an error at " + describe(parsed.error())});
  if (!std::holds_alternative<Value::List>(parsed->is))
    return std::unexpected(ReplyError{"arguments", "expected a list"});
  Decoder decoder{*parsed, limits};
  Value revived;
  if (!decoder.revive(*parsed, revived, Place{}, 0)) return std::unexpected(decoder.takeError());
  return std::get<Value::List>(std::move(revived.is));
}

}  // namespace duramen::flight
