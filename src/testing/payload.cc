#include "testing/payload.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "base/json.h"

namespace duramen::test {
namespace {

constexpr std::string_view elementMark = "$element";

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("payload: " + what); }

Value parsed(std::string_view json) {
  auto value = parseJson(json);
  if (!value) fail(describe(value.error()));
  return std::move(*value);
}

struct Rows {
  std::map<std::uint32_t, std::string> models;   // JSON
  std::map<std::uint32_t, std::string> texts;    // T rows
  std::map<std::uint32_t, std::string> imports;  // "module#export"
  std::map<std::uint32_t, std::string> errors;   // digests
};

std::uint32_t hexNumber(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) fail("not a row id: " + std::string(digits));
  return number;
}

const Value* field(const Value& object, std::string_view name) {
  const auto* fields = std::get_if<Value::Object>(&object.is);
  if (!fields) return nullptr;
  for (const ValueField& each : *fields)
    if (each.name == name) return &each.value;
  return nullptr;
}

std::string importName(std::string_view json) {
  const Value row = parsed(json);
  const auto& parts = std::get<Value::List>(row.is);
  return std::get<std::string>(parts.at(0).is) + "#" + std::get<std::string>(parts.at(2).is);
}

std::string digestOf(std::string_view json) {
  const Value row = parsed(json);
  const Value* digest = field(row, "digest");
  return digest ? std::get<std::string>(digest->is) : std::string();
}

Rows split(std::string_view bytes) {
  Rows rows;
  while (!bytes.empty()) {
    const std::size_t colon = bytes.find(':');
    if (colon == std::string_view::npos) fail("a row without ':'");
    if (colon == 0) {  // a hint: nothing that is shown
      bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
      continue;
    }
    const std::uint32_t id = hexNumber(bytes.substr(0, colon));
    bytes.remove_prefix(colon + 1);
    if (bytes.starts_with('T')) {
      const std::size_t comma = bytes.find(',');
      const std::size_t length = hexNumber(bytes.substr(1, comma - 1));
      rows.texts[id] = bytes.substr(comma + 1, length);
      bytes.remove_prefix(comma + 1 + length);
      continue;
    }
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) fail("the last row does not end");
    const std::string_view line = bytes.substr(0, end);
    if (line.starts_with('I'))
      rows.imports[id] = importName(line.substr(1));
    else if (line.starts_with('E'))
      rows.errors[id] = digestOf(line.substr(1));
    else
      rows.models[id] = line;
    bytes.remove_prefix(end + 1);
  }
  return rows;
}

class Reader {
 public:
  Reader(const Rows& rows, Payload& payload) : rows_(rows), payload_(payload) {}

  Value row(std::uint32_t id) {
    if (const auto text = rows_.texts.find(id); text != rows_.texts.end()) return Value{text->second};
    const auto model = rows_.models.find(id);
    if (model == rows_.models.end()) fail("there is no row " + std::to_string(id));
    return revive(parsed(model->second));
  }

  Value revive(Value value) {
    if (auto* text = std::get_if<std::string>(&value.is)) return token(*text);
    if (auto* list = std::get_if<Value::List>(&value.is)) {
      if (isElement(*list)) return element(*list);
      for (Value& each : *list) each = revive(std::move(each));
    } else if (auto* object = std::get_if<Value::Object>(&value.is)) {
      for (ValueField& each : *object) each.value = revive(std::move(each.value));
      std::erase_if(*object, [](const ValueField& each) { return std::holds_alternative<Undefined>(each.value.is); });
    }
    return value;
  }

 private:
  static bool isElement(const Value::List& list) {
    if (list.size() < 4) return false;  // more: React's development build reads them
    const auto* mark = std::get_if<std::string>(&list[0].is);
    return mark && *mark == "$";
  }

  Value element(Value::List& parts) {
    const std::size_t index = payload_.elements.size();
    payload_.elements.emplace_back();
    std::string type = std::get<std::string>(parts[1].is);
    if (type.starts_with("$L")) {
      const auto import = rows_.imports.find(hexNumber(std::string_view{type}.substr(2)));
      if (import == rows_.imports.end()) fail("a component without its import");
      type = import->second;
    }
    std::string key;
    if (const auto* text = std::get_if<std::string>(&parts[2].is)) key = std::get<std::string>(token(*text).is);
    Value props = revive(std::move(parts[3]));
    payload_.elements[index] = {std::move(type), std::move(key), std::move(props)};
    return Value{Value::Object{{std::string(elementMark), Value{static_cast<std::int64_t>(index)}}}};
  }

  Value token(const std::string& text) {
    if (!text.starts_with('$') || text.size() < 2) return Value{text};
    const std::string_view rest = std::string_view{text}.substr(1);
    switch (rest.front()) {
      case '$':
        return Value{std::string(rest)};
      case 'h':
        return reference(hexNumber(rest.substr(1)));
      case '@':
      case 'L':
        return row(hexNumber(rest.substr(1)));
      case 'I':
        return Value{std::numeric_limits<double>::infinity()};
      case 'N':
        return Value{std::numeric_limits<double>::quiet_NaN()};
      case '-':
        return Value{rest == "-0" ? -0.0 : -std::numeric_limits<double>::infinity()};
      default:
        break;
    }
    if (rest == "undefined") return Value{Undefined{}};
    return row(hexNumber(rest));
  }

  Value reference(std::uint32_t id) {
    const Value model = row(id);
    const Value* name = field(model, "id");
    const Value* bound = field(model, "bound");
    if (!name) fail("a server reference without its id");
    ServerReference made{std::get<std::string>(name->is), {}};
    if (bound && std::holds_alternative<Value::List>(bound->is)) made.bound = std::get<Value::List>(bound->is);
    return Value{std::move(made)};
  }

  const Rows& rows_;
  Payload& payload_;
};

void appendText(std::string& out, const Payload& payload, const Value& node);

void appendElementText(std::string& out, const Payload& payload, const Element& element) {
  if (element.type.find('#') != std::string::npos) {
    // What a component shows is the browser's, but for the library's own html::formError.
    const Value* const message =
        element.type == "duramen/client#FormErrorText" ? field(element.props, "message") : nullptr;
    if (message) appendText(out, payload, *message);
    return;
  }
  if (const Value* children = field(element.props, "children")) appendText(out, payload, *children);
  if (!out.empty() && !out.ends_with(' ')) out += ' ';
}

void appendText(std::string& out, const Payload& payload, const Value& node) {
  if (const auto* text = std::get_if<std::string>(&node.is)) {
    out += *text;
  } else if (const auto* whole = std::get_if<std::int64_t>(&node.is)) {
    out += std::to_string(*whole);
  } else if (const auto* real = std::get_if<double>(&node.is)) {
    char digits[32];
    out.append(digits, detail::writeNumber(digits, *real));
  } else if (const auto* list = std::get_if<Value::List>(&node.is)) {
    for (const Value& each : *list) appendText(out, payload, each);
  } else if (const Element* const element = payload.elementAt(node)) {
    appendElementText(out, payload, *element);
  }
}

void appendReply(std::string& out, const Value& value) {
  if (std::holds_alternative<std::nullptr_t>(value.is)) {
    out += "null";
  } else if (std::holds_alternative<Undefined>(value.is)) {
    out += "\"$undefined\"";
  } else if (const auto* yes = std::get_if<bool>(&value.is)) {
    out += *yes ? "true" : "false";
  } else if (const auto* whole = std::get_if<std::int64_t>(&value.is)) {
    out += std::to_string(*whole);
  } else if (const auto* real = std::get_if<double>(&value.is)) {
    if (std::isnan(*real))
      out += "\"$NaN\"";
    else if (std::isinf(*real))
      out += *real > 0 ? "\"$Infinity\"" : "\"$-Infinity\"";
    else {
      char digits[32];
      out.append(digits, detail::writeNumber(digits, *real));
    }
  } else if (const auto* text = std::get_if<std::string>(&value.is)) {
    appendJsonText(out, text->starts_with('$') ? "$" + *text : *text);
  } else if (const auto* list = std::get_if<Value::List>(&value.is)) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i) out += ',';
      appendReply(out, (*list)[i]);
    }
    out += ']';
  } else if (const auto* object = std::get_if<Value::Object>(&value.is)) {
    out += '{';
    for (std::size_t i = 0; i < object->size(); ++i) {
      if (i) out += ',';
      appendJsonText(out, (*object)[i].name);
      out += ':';
      appendReply(out, (*object)[i].value);
    }
    out += '}';
  } else {
    throw std::invalid_argument("a server function is no argument of an action");
  }
}

Value take(detail::TapeReader& tape) {
  using detail::Op;
  switch (tape.next()) {
    case Op::text:
      return Value{std::string(tape.text())};
    case Op::integer:
      return Value{tape.get<std::int64_t>()};
    case Op::real:
      return Value{tape.get<double>()};
    case Op::yes:
      return Value{true};
    case Op::no:
      return Value{false};
    case Op::null:
      return Value{nullptr};
    case Op::undefined:
      return Value{Undefined{}};
    case Op::array: {
      Value::List list;
      for (auto left = tape.get<std::uint32_t>(); left; --left) list.push_back(take(tape));
      return Value{std::move(list)};
    }
    case Op::object: {
      Value::Object object;
      for (auto left = tape.get<std::uint32_t>(); left; --left) {
        tape.next();
        std::string name(tape.bytes(tape.get<std::uint8_t>()));
        object.push_back({std::move(name), take(tape)});
      }
      return Value{std::move(object)};
    }
    default:
      throw std::invalid_argument("a node or a server function is no argument of an action");
  }
}

}  // namespace

std::string Payload::text() const {
  std::string out;
  appendText(out, *this, node);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string Payload::textOf(const Element& element) const {
  std::string out;
  appendElementText(out, *this, element);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

const Element* Payload::elementAt(const Value& node) const {
  const Value* const index = field(node, elementMark);
  return index ? &elements.at(static_cast<std::size_t>(std::get<std::int64_t>(index->is))) : nullptr;
}

Payload readPayload(std::string_view bytes) {
  const Rows rows = split(bytes);
  const auto root = rows.models.find(0);
  if (root == rows.models.end()) fail("there is no row 0");
  Payload payload;
  payload.result = Value{Undefined{}};
  Reader reader{rows, payload};
  const Value envelope = parsed(root->second);
  const Value* node = field(envelope, "node");
  const Value* result = field(envelope, "actionResult");
  if (node) payload.node = reader.revive(*node);
  if (!result) return payload;
  constexpr std::uint32_t resultRow = 0x10000000;
  if (const auto error = rows.errors.find(resultRow); error != rows.errors.end()) {
    payload.failed = true;
    payload.error = error->second;
  } else {
    payload.result = reader.revive(*result);
  }
  return payload;
}

std::string encodeArguments(const std::vector<Value>& arguments) {
  std::string out;
  appendReply(out, Value{arguments});
  return out;
}

std::vector<Value> valuesOf(const detail::Tape& tape) {
  std::vector<Value> values;
  detail::TapeReader reader{tape};
  while (reader.position() != tape.data() + tape.size()) values.push_back(take(reader));
  return values;
}

Value valueOf(const detail::Tape& tape) {
  detail::TapeReader reader{tape};
  return take(reader);
}

}  // namespace duramen::test
