#include "flight/testing/jsv.h"

#include <algorithm>
#include <limits>

#include "base/base64.h"
#include "base/iso_date.h"

namespace duramen::flight::testing {
namespace {

using detail::NamedKind;
using detail::Op;
using detail::Tape;

const Value* find(const Value::Object& object, std::string_view name) { return detail::findField(object, name); }
const std::string& text(const Value* value) {
  const auto* text = valueAs<std::string>(value);
  if (!text) throw NotOurs("something that is no text");
  return *text;
}
const Value::List& list(const Value* value) {
  const auto* list = valueAs<Value::List>(value);
  if (!list) throw NotOurs("something that is no list");
  return *list;
}
std::string optionalText(const Value::Object& object, std::string_view name) {
  const auto* found = valueAs<std::string>(find(object, name));
  return found ? *found : std::string{};
}
std::string bytesOf(const Value::Object& object) {
  const auto bytes = fromBase64(text(find(object, "b64")));
  if (!bytes) throw NotOurs("bytes that are no base64");
  return *bytes;
}
std::string_view tagOf(const Value& value) {
  const auto* object = std::get_if<Value::Object>(&value.is);
  const auto* tag = object ? valueAs<std::string>(find(*object, "$")) : nullptr;
  return tag ? std::string_view{*tag} : std::string_view{};
}
bool isUndefined(const Value& value) { return tagOf(value) == "undef"; }

void appendNumber(Tape& tape, std::string_view spelled) {
  tape.put(Op::real, spelled == "NaN"         ? std::numeric_limits<double>::quiet_NaN()
                     : spelled == "-0"        ? -0.0
                     : spelled == "-Infinity" ? -std::numeric_limits<double>::infinity()
                                              : std::numeric_limits<double>::infinity());
}

void appendDateText(Tape& tape, const std::string& spelled) {
  const auto date = dateFromIso(spelled);
  tape.put(Op::date,
           date ? static_cast<double>(date->time_since_epoch().count()) : std::numeric_limits<double>::quiet_NaN());
}

void appendRepeated(Tape& tape, const Value::Object& object) {
  std::string all;
  for (auto n = std::get<std::int64_t>(find(object, "n")->is); n > 0; --n) all += text(find(object, "s"));
  tape.putText(all);
}

ArrayKind kindNamed(std::string_view name) {
  const auto* const form = std::ranges::find(detail::arrayForms, name, &detail::ArrayForm::name);
  if (form == std::end(detail::arrayForms)) throw NotOurs(std::string(name));
  return static_cast<ArrayKind>(form - std::begin(detail::arrayForms));
}

void appendKey(Tape& tape, const std::optional<std::string>& key) {
  if (!key) return;
  tape.put(Op::key);
  tape.putBare(*key);
}

std::optional<std::string> joined(const std::optional<std::string>& path, const std::optional<std::string>& key) {
  if (path && key) return *path + "," + *key;
  return path ? path : key;
}

void failed(Tape& tape, const Value* error) {
  const auto* object = error ? std::get_if<Value::Object>(&error->is) : nullptr;
  tape.putText(Op::failed, object ? optionalText(*object, "digest") : std::string{});
}

}  // namespace

void JsvLoader::append(Tape& tape, const Value& value, const Slot& slot) {
  if (const auto* items = std::get_if<Value::List>(&value.is)) return appendList(tape, *items, slot);
  if (const auto* object = std::get_if<Value::Object>(&value.is))
    return appendTagged(tape, text(find(*object, "$")), *object, slot);
  detail::appendValue(tape, value);
}

void JsvLoader::appendTagged(Tape& tape, const std::string& tag, const Value::Object& object, const Slot& slot) {
  const Value* const v = find(object, "v");
  if (tag == "el") return appendElement(tape, object, slot);
  if (tag == "undef") return tape.put(Op::undefined);
  if (tag == "num") return appendNumber(tape, text(v));
  if (tag == "bigint") return tape.putText(Op::bigInt, text(v));
  if (tag == "date") return appendDateText(tape, text(v));
  if (tag == "rep") return appendRepeated(tape, object);
  if (tag == "error") return tape.put(Op::error);
  if (tag == "client") return tape.put(Op::module, moduleOf(object));
  if (tag == "server") return appendAction(tape, object);
  if (tag == "map") return appendMap(tape, list(v));
  if (tag == "set" || tag == "iterator") {
    tape.put(tag == "set" ? Op::set : Op::iterator, static_cast<std::uint32_t>(list(v).size()));
    return appendItems(tape, list(v));
  }
  if (tag == "iterable") return appendList(tape, list(v), Slot{});
  if (tag == "arraybuffer") return detail::appendBytes(tape, ArrayKind::arrayBuffer, bytesOf(object));
  if (tag == "bytes") return detail::appendBytes(tape, kindNamed(text(find(object, "kind"))), bytesOf(object));
  if (tag == "blob" || tag == "file")
    return File{.name = optionalText(object, "name"), .type = optionalText(object, "type"), .bytes = bytesOf(object)}
        .appendValueTo(tape);
  if (tag == "formdata") return appendForm(tape, list(v));
  if (tag == "promise") return appendPromise(tape, Op::promise, *v);
  if (tag == "reject") {
    tape.put(Op::promise);
    return failed(tape, v);
  }
  if (tag == "stream" || tag == "bytestream" || tag == "asyncIterable" || tag == "asyncIterator")
    return appendStream(tape, tag, object);
  // What React does not send fails where it stands.
  if (tag == "fn" || tag == "class" || tag == "nullproto" || tag == "localsym") return tape.putText(Op::failed, {});
  if (tag == "obj" || tag == "arr") {
    if (const Value* const id = find(object, "id")) definitions_[text(id)] = nullptr;
    if (tag == "arr") return appendList(tape, list(v), slot);
    return appendPairs(tape, list(v));
  }
  if (tag == "def") {
    definitions_[text(find(object, "id"))] = v;
    return append(tape, *v, slot);
  }
  if (tag == "ref") {
    const auto at = definitions_.find(text(find(object, "id")));
    if (at == definitions_.end() || !at->second) throw NotOurs("a value inside itself");
    return append(tape, *at->second, slot);
  }
  throw NotOurs(tag);
}

void JsvLoader::appendItems(Tape& tape, const Value::List& items) {
  for (const Value& each : items) append(tape, each, Slot{});
}

void JsvLoader::appendList(Tape& tape, const Value::List& items, const Slot& slot) {
  if (slot.key) {  // a keyed component that returned a list
    const Value::List children{Value{Value::List{Value{"children"}, Value{items}}}};
    if (slot.implicit) tape.put(Op::array, std::uint32_t{1});
    return appendNamed(tape, NamedKind::symbol, "react.fragment", slot.key, children);
  }
  tape.put(Op::array, static_cast<std::uint32_t>(items.size()));
  appendItems(tape, items);
}

void JsvLoader::appendPairs(Tape& tape, const Value::List& pairs) {
  tape.put(Op::object, static_cast<std::uint32_t>(pairs.size()));
  for (const Value& each : pairs) {
    const Value::List& pair = list(&each);
    if (text(&pair[0]).size() > 255) throw NotOurs("a name of more than 255 bytes");
    tape.putField(text(&pair[0]));
    append(tape, pair[1], Slot{});
  }
}

void JsvLoader::appendMap(Tape& tape, const Value::List& pairs) {
  tape.put(Op::map, static_cast<std::uint32_t>(pairs.size()));
  for (const Value& each : pairs) appendItems(tape, list(&each));
}

void JsvLoader::appendForm(Tape& tape, const Value::List& entries) {
  tape.put(Op::form, static_cast<std::uint32_t>(entries.size()));
  for (const Value& each : entries) {
    const Value::List& pair = list(&each);
    tape.putBare(text(&pair[0]));
    append(tape, pair[1], Slot{});
  }
}

void JsvLoader::appendPromise(Tape& tape, Op op, const Value& resolved) {
  tape.put(op);
  append(tape, resolved, Slot{});
}

void JsvLoader::appendStream(Tape& tape, const std::string& tag, const Value::Object& object) {
  const Value::List& chunks = list(find(object, tag == "bytestream" ? "chunks" : "v"));
  const auto kind = tag == "asyncIterable"   ? detail::StreamKind::iterable
                    : tag == "asyncIterator" ? detail::StreamKind::iterator
                                             : detail::StreamKind::readable;
  tape.put(Op::stream, kind, static_cast<std::uint32_t>(chunks.size()));
  for (const Value& chunk : chunks) {
    if (tag == "bytestream")
      detail::appendBytes(tape, ArrayKind::uint8, fromBase64(text(&chunk)).value());
    else
      append(tape, chunk, Slot{});
  }
  const Value* const returned = find(object, "ret");
  if (const Value* const error = find(object, "throws"))
    failed(tape, error);
  else if (returned)
    append(tape, *returned, Slot{});
  else
    tape.put(Op::undefined);
}

void JsvLoader::appendAction(Tape& tape, const Value::Object& object) {
  const std::string& id = text(find(object, "id"));
  Tape bound;
  std::uint8_t count = 0;
  if (const Value* const arguments = find(object, "bound")) {
    appendItems(bound, list(arguments));
    count = static_cast<std::uint8_t>(list(arguments).size());
  }
  tape.put(Op::action, count, static_cast<std::uint8_t>(id.size()), bound.size());
  tape.append(id.data(), id.size());
  tape.append(bound.data(), bound.size());
}

void JsvLoader::appendElement(Tape& tape, const Value::Object& object, const Slot& slot) {
  const Value& type = *find(object, "type");
  const Value::List& props = list(find(object, "props"));
  std::optional<std::string> key;
  if (const auto* own = valueAs<std::string>(find(object, "key"))) key = *own;
  const std::string_view tag = tagOf(type);
  const auto* typeObject = std::get_if<Value::Object>(&type.is);
  if (tag == "comp") return appendComponent(tape, *typeObject, key, slot);
  const std::string symbol = tag == "sym" ? text(find(*typeObject, "v")) : std::string{};
  if (symbol == "react.fragment" && !key) {
    const auto children = std::ranges::find_if(
        props, [](const Value& each) { return text(&std::get<Value::List>(each.is)[0]) == "children"; });
    if (children == props.end()) return tape.put(Op::undefined);
    return append(tape, list(&*children)[1], Slot{slot.key, slot.implicit || !slot.key});
  }
  key = joined(slot.key, key);
  // So that the key cannot be that of a sibling.
  if (slot.implicit && key) tape.put(Op::array, std::uint32_t{1});
  if (tag == "sym") return appendNamed(tape, NamedKind::symbol, symbol, key, props);
  if (tag == "client") return appendClient(tape, *typeObject, key, props);
  if (!tag.empty()) throw NotOurs("an element of a " + std::string(tag));
  appendHost(tape, text(&type), key, props);
}

void JsvLoader::appendComponent(Tape& tape, const Value::Object& component, const std::optional<std::string>& key,
                                const Slot& slot) {
  if (find(component, "throws")) {
    tape.put(Op::lazy);
    return tape.putText(Op::failed, optionalText(component, "digest"));
  }
  if (find(component, "browser")) {  // leaves the rest to the browser
    tape.put(Op::lazy);
    return tape.putText(Op::failed, {});
  }
  const Value* const result = find(component, "result");
  if (!result) throw NotOurs("a component of the browser");
  if (find(component, "async") || find(component, "delay")) tape.put(Op::lazy);
  const Slot inner{joined(slot.key, key), slot.implicit || (!slot.key && !key)};
  append(tape, *result, inner);
}

void JsvLoader::appendHost(Tape& tape, const std::string& name, const std::optional<std::string>& key,
                           const Value::List& props) {
  const auto* const tag = std::ranges::find(html::tagNames, name);
  const auto isChildren = [](const Value& each) { return text(&std::get<Value::List>(each.is)[0]) == "children"; };
  const auto children = std::ranges::find_if(props, isChildren);
  const bool childrenLast = children == props.end() || children + 1 == props.end();
  const bool saysUndefined = children != props.end() && isUndefined(list(&*children)[1]);
  if (tag == std::end(html::tagNames) || !childrenLast || saysUndefined)
    return appendNamed(tape, NamedKind::element, name, key, props);

  const std::uint32_t start = tape.size();
  tape.put(Op::element, static_cast<html::Tag>(tag - std::begin(html::tagNames)), std::uint32_t{}, std::uint32_t{});
  appendKey(tape, key);
  for (const Value& each : props)
    if (!isChildren(each)) appendAttribute(tape, text(&list(&each)[0]), list(&each)[1]);
  const std::uint32_t count = children == props.end() ? 0 : appendChildren(tape, list(&*children)[1]);
  tape.patch(start + 3, count);
  tape.patch(start + 7, static_cast<std::uint32_t>(tape.size() - start - 11));
}

void JsvLoader::appendAttribute(Tape& tape, const std::string& name, const Value& value) {
  const auto* const attr = std::ranges::find(html::attributeNames, name);
  if (attr != std::end(html::attributeNames)) {
    tape.put(Op::attribute, static_cast<html::Attr>(attr - std::begin(html::attributeNames)));
  } else {
    if (name.size() > 255) throw NotOurs("a name of more than 255 bytes");
    tape.put(Op::custom, static_cast<std::uint8_t>(name.size()));
    tape.append(name.data(), name.size());
  }
  append(tape, value, Slot{});
}

std::uint32_t JsvLoader::appendChildren(Tape& tape, const Value& children) {
  const auto* items = std::get_if<Value::List>(&children.is);
  if (!items || items->size() < 2) {
    append(tape, children, Slot{});
    return 1;
  }
  appendItems(tape, *items);
  return static_cast<std::uint32_t>(items->size());
}

void JsvLoader::appendNamed(Tape& tape, NamedKind kind, const std::string& name, const std::optional<std::string>& key,
                            const Value::List& props) {
  const std::uint32_t start = tape.openNamed(kind, name);
  appendKey(tape, key);
  appendPairs(tape, props);
  tape.closeNamed(start);
}

void JsvLoader::appendClient(Tape& tape, const Value::Object& client, const std::optional<std::string>& key,
                             const Value::List& props) {
  if (!knows_(text(find(client, "id")))) {
    tape.put(Op::lazy);
    return tape.putText(Op::failed, {});
  }
  tape.put(Op::component, moduleOf(client), std::uint32_t{});
  const std::uint32_t start = tape.size();
  appendKey(tape, key);
  appendPairs(tape, props);
  // Our components have it as their last prop, and show it as HTML.
  const auto fallback =
      std::ranges::find_if(props, [](const Value& each) { return text(&list(&each)[0]) == "fallback"; });
  if (forHtml_ && fallback != props.end()) append(tape, list(&*fallback)[1], Slot{});
  tape.patch(start - 4, static_cast<std::uint32_t>(tape.size() - start));
}

const ClientModule* JsvLoader::moduleOf(const Value::Object& client) {
  const std::string& id = text(find(client, "id"));
  if (const auto known = modules_.find(id); known != modules_.end()) return &known->second;
  const std::string_view kept = names_.emplace_back(id);
  const std::size_t hash = kept.find('#');
  return &modules_
              .emplace(id, ClientModule{kept.substr(0, hash),
                                        hash == kept.npos ? std::string_view{} : kept.substr(hash + 1)})
              .first->second;
}

}  // namespace duramen::flight::testing
