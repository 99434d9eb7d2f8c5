#pragma once
// Test vectors describe React values in JSON (test/vectors/flight/README.md): scalars and arrays mean themselves, an
// object is a node with a tag under "$". This puts one on a tape, as the API would have built it.

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>

#include "base/json.h"
#include "duramen/html_attributes.h"

namespace duramen::flight::testing {

// A vector uses something that our nodes do not have.
struct NotOurs : std::runtime_error {
  using runtime_error::runtime_error;
};

class JsvLoader {
 public:
  Node node(const Value& value) {
    detail::Tape tape;
    append(tape, value, true);
    return Node{std::move(tape)};
  }

 private:
  using Op = detail::Op;

  static const Value* find(const Value::Object& object, std::string_view name) {
    return detail::findField(object, name);
  }
  static const std::string& text(const Value* value) {
    const auto* text = value ? std::get_if<std::string>(&value->is) : nullptr;
    if (!text) throw NotOurs("something that is no text");
    return *text;
  }

  void append(detail::Tape& tape, const Value& value, bool isNode) {
    if (const auto* list = std::get_if<Value::List>(&value.is)) return appendList(tape, *list, isNode);
    const auto* object = std::get_if<Value::Object>(&value.is);
    if (!object) return detail::appendValue(tape, value);
    const std::string& kind = text(find(*object, "$"));
    if (kind == "el") return appendElement(tape, *object);
    if (kind == "undef") return tape.put(Op::undefined);
    if (kind == "num") return appendNumber(tape, text(find(*object, "v")));
    if (kind == "obj" && !find(*object, "id")) return appendObject(tape, std::get<Value::List>(find(*object, "v")->is));
    if (kind == "rep") return appendRepeated(tape, *object);
    if (kind == "server") return appendAction(tape, *object);
    throw NotOurs(kind);
  }

  void appendList(detail::Tape& tape, const Value::List& list, bool isNode) {
    if (!isNode) {
      tape.put(Op::array, static_cast<std::uint32_t>(list.size()));
      for (const Value& each : list) append(tape, each, false);
      return;
    }
    const std::uint32_t start = tape.size();
    tape.put(Op::list, static_cast<std::uint32_t>(list.size()), std::uint32_t{});
    for (const Value& each : list) append(tape, each, true);
    tape.patch(start + 5, static_cast<std::uint32_t>(tape.size() - start - 9));
  }

  static void appendNumber(detail::Tape& tape, std::string_view spelled) {
    const double number = spelled == "NaN"         ? std::numeric_limits<double>::quiet_NaN()
                          : spelled == "-0"        ? -0.0
                          : spelled == "-Infinity" ? -std::numeric_limits<double>::infinity()
                                                   : std::numeric_limits<double>::infinity();
    tape.put(Op::real, number);
  }

  void appendObject(detail::Tape& tape, const Value::List& pairs) {
    tape.put(Op::object, static_cast<std::uint32_t>(pairs.size()));
    for (const Value& each : pairs) {
      const auto& pair = std::get<Value::List>(each.is);
      tape.putField(text(&pair[0]));
      append(tape, pair[1], false);
    }
  }

  static void appendRepeated(detail::Tape& tape, const Value::Object& object) {
    std::string all;
    for (auto n = std::get<std::int64_t>(find(object, "n")->is); n > 0; --n) all += text(find(object, "s"));
    tape.putText(all);
  }

  void appendAction(detail::Tape& tape, const Value::Object& object) {
    const std::string& id = text(find(object, "id"));
    detail::Tape bound;
    std::uint8_t count = 0;
    if (const Value* list = find(object, "bound"))
      for (const Value& each : std::get<Value::List>(list->is)) {
        append(bound, each, false);
        ++count;
      }
    tape.put(Op::action, count, static_cast<std::uint8_t>(id.size()), bound.size());
    tape.append(id.data(), id.size());
    tape.append(bound.data(), bound.size());
  }

  void appendElement(detail::Tape& tape, const Value::Object& object) {
    const Value& type = *find(object, "type");
    const auto& props = std::get<Value::List>(find(object, "props")->is);
    const Value* key = find(object, "key");
    if (const auto* client = std::get_if<Value::Object>(&type.is)) return appendClient(tape, *client, key, props);
    const auto tag = std::ranges::find(html::tagNames, text(&type));
    if (tag == std::end(html::tagNames)) throw NotOurs("<" + text(&type) + ">");

    const std::uint32_t start = tape.size();
    tape.put(Op::element, static_cast<html::Tag>(tag - std::begin(html::tagNames)), std::uint32_t{}, std::uint32_t{});
    appendKey(tape, key);
    const Value* children = nullptr;
    for (const Value& each : props) {
      const auto& pair = std::get<Value::List>(each.is);
      if (text(&pair[0]) == "children")
        children = &pair[1];
      else if (!isUndefined(pair[1]))
        appendAttribute(tape, text(&pair[0]), pair[1]);
    }
    std::uint32_t count = 0;
    if (children && !isUndefined(*children)) count = appendChildren(tape, *children);
    tape.patch(start + 3, count);
    tape.patch(start + 7, static_cast<std::uint32_t>(tape.size() - start - 11));
  }

  static bool isUndefined(const Value& value) {
    const auto* object = std::get_if<Value::Object>(&value.is);
    return object && text(find(*object, "$")) == "undef";
  }

  std::uint32_t appendChildren(detail::Tape& tape, const Value& children) {
    const auto* list = std::get_if<Value::List>(&children.is);
    if (!list || list->size() < 2) {
      append(tape, children, true);
      return 1;
    }
    for (const Value& each : *list) append(tape, each, true);
    return static_cast<std::uint32_t>(list->size());
  }

  static void appendKey(detail::Tape& tape, const Value* key) {
    const auto* name = key ? std::get_if<std::string>(&key->is) : nullptr;
    if (!name) return;
    tape.put(Op::key, static_cast<std::uint32_t>(name->size()));
    tape.append(name->data(), name->size());
  }

  void appendAttribute(detail::Tape& tape, const std::string& name, const Value& value) {
    const auto attr = std::ranges::find(html::attributeNames, name);
    if (attr != std::end(html::attributeNames)) {
      tape.put(Op::attribute, static_cast<html::Attr>(attr - std::begin(html::attributeNames)));
    } else {
      if (!name.starts_with("data-") && !name.starts_with("aria-")) throw NotOurs("attribute " + name);
      tape.put(Op::custom, static_cast<std::uint8_t>(name.size()));
      tape.append(name.data(), name.size());
    }
    append(tape, value, false);
  }

  void appendClient(detail::Tape& tape, const Value::Object& client, const Value* key, const Value::List& props) {
    if (text(find(client, "$")) != "client") throw NotOurs(text(find(client, "$")));
    const std::string& id = names_.emplace_back(text(find(client, "id")));
    const ClientModule* const module = &modules_.emplace_back(ClientModule{id, id});
    tape.put(Op::component, module, std::uint32_t{});
    const std::uint32_t start = tape.size();
    appendKey(tape, key);
    tape.put(Op::object, static_cast<std::uint32_t>(props.size()));
    for (const Value& each : props) {
      const auto& pair = std::get<Value::List>(each.is);
      tape.putField(text(&pair[0]));
      append(tape, pair[1], text(&pair[0]) == "children");
    }
    tape.patch(start - 4, static_cast<std::uint32_t>(tape.size() - start));
  }

  std::deque<std::string> names_;
  std::deque<ClientModule> modules_;
};

}  // namespace duramen::flight::testing
