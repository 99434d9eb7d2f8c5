#include "flight/reply.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "base/iso_date.h"
#include "base/json.h"
#include "duramen/keyed_hash.h"
#include "flight/reply_parts.h"
#include "flight/shown.h"

namespace duramen::flight {
namespace {

// What lists within lists stand for: React counts their items, and the text and bytes in them.
struct ListCount {
  std::size_t size = 0;
  bool forks = false;  // one has several items, so that what is in it may grow by its square
};

// Where the walk is; spelled only for an error.
struct Place {
  const Place* up = nullptr;
  std::string_view name;
  std::size_t index = 0;
  ListCount* lists = nullptr;  // those around it, up to the next object

  std::string toString() const {
    if (!up) return "arguments";
    if (!up->up) return "argument " + std::to_string(index + 1);
    const std::string before = up->toString();
    return name.data() ? before + "." + std::string(name) : before + "[" + std::to_string(index) + "]";
  }
};

bool isHex(std::string_view id) {
  return !id.empty() && id.size() <= 8 &&
         std::ranges::all_of(id, [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); });
}

std::optional<ArrayKind> arrayKindOf(char tag) {
  const auto* const form = std::ranges::find(detail::arrayForms, tag, &detail::ArrayForm::tag);
  if (form == std::end(detail::arrayForms)) return std::nullopt;
  return static_cast<ArrayKind>(form - std::begin(detail::arrayForms));
}

class Decoder {
 public:
  Decoder(const ReplyParts& parts, const ReplyLimits& limits, const References* functions)
      : parts_(parts), limits_(limits), functions_(functions) {}

  bool decode(Value& into) {
    const Place root;
    if (const Part* const whole = parts_.value(0); whole && !whole->isFile && isPlain(whole->data)) {
      auto value = parsed(whole->data, root);
      if (value) into = std::move(*value);
      return value.has_value();
    }
    const Value* const model = modelOf(0, root);
    return model && revive(*model, into, root, 0);
  }
  ReplyError takeError() { return std::move(*error_); }
  std::size_t work() const { return read_ + nodes_ + textBytes_ + arrayBytes_ + searched_; }

 private:
  // Most calls: no text of it is a token, so that the JSON is the value.
  bool isPlain(std::string_view json) const {
    return json.size() <= limits_.stringBytes && json.find("\"$") == json.npos && json.find("\\u") == json.npos &&
           json.find("__proto__") == json.npos;
  }

  // Each of these is false, or null, if there was an error.

  bool fail(const Place& place, std::string expected, std::string got = "more") {
    error_ = ReplyError{place.toString(), "expected " + std::move(expected) + ", got " + std::move(got)};
    return false;
  }

  // The JSON of a part, read once.
  const Value* modelOf(std::uint32_t id, const Place& place) {
    if (const auto known = models_.find(id); known != models_.end()) return known->second.get();
    const Part* const part = parts_.value(id);
    if (!part || part->isFile) {
      fail(place, "part " + std::to_string(id) + " as text", part ? "a file" : "none");
      return nullptr;
    }
    auto model = parsed(part->data, place);
    if (!model) return nullptr;
    return models_.emplace(id, std::make_unique<const Value>(std::move(*model))).first->second.get();
  }

  std::optional<Value> parsed(std::string_view json, const Place& place) {
    const JsonLimits jsonLimits{.depth = limits_.depth, .nodes = limits_.nodes, .bytes = 2 * limits_.textBytes};
    read_ += json.size();
    auto value = parseJson(json, jsonLimits, unparsed_);
    if (!value) {
      if (unparsed_ == 0)
        fail(place, "at most " + std::to_string(limits_.nodes) + " values");
      else
        fail(place, "JSON", "an error at " + duramen::describe(value.error()));
      return std::nullopt;
    }
    return std::move(*value);
  }

  bool revive(const Value& value, Value& into, const Place& place, std::size_t depth) {
    if (depth > limits_.depth) return fail(place, "nested at most " + std::to_string(limits_.depth) + " deep");
    if (++nodes_ > limits_.nodes) return fail(place, "at most " + std::to_string(limits_.nodes) + " values");
    if (const auto* text = std::get_if<std::string>(&value.is)) return reviveText(*text, into, place, depth);
    if (const auto* list = std::get_if<Value::List>(&value.is)) {
      Value::List revived;
      if (!reviveList(*list, revived, place, depth)) return false;
      into.is = std::move(revived);
      return true;
    }
    if (const auto* object = std::get_if<Value::Object>(&value.is)) return reviveObject(*object, into, place, depth);
    into = value;
    return true;
  }

  // A list or an object is open while it is revived: a reference to an open one is a cycle.
  struct Open {
    Open(Decoder& decoder, const void* at) : decoder_(decoder) { decoder_.open_.push_back(at); }
    ~Open() { decoder_.open_.pop_back(); }
    Decoder& decoder_;
  };

  bool reviveList(const Value::List& list, Value::List& into, const Place& place, std::size_t depth) {
    const Open open{*this, &list};
    ListCount outermost;
    ListCount& lists = place.lists ? *place.lists : outermost;
    lists.forks |= list.size() > 1;
    if (!countInLists(&lists, list.size() + 1, place)) return false;
    into.resize(list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!revive(list[i], into[i], Place{&place, {}, i, &lists}, depth + 1)) return false;
    return true;
  }

  // What stands in a part of its own is not in the lists around its token.
  static Place outsideLists(Place place) {
    place.lists = nullptr;
    return place;
  }
  // React's limit. Text that was sent where it stands is not counted here: its own limit is smaller than what it counts
  // for.
  bool countInLists(ListCount* lists, std::size_t size, const Place& place) {
    if (!lists) return true;
    lists->size += size;
    if (lists->size <= maxInLists || !lists->forks) return true;
    return fail(place, "lists within lists that stand for at most " + std::to_string(maxInLists) +
                           " items, characters and bytes");
  }
  static std::size_t utf16Size(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      units += ((byte & 0xC0) != 0x80 ? 1U : 0U) + (byte >= 0xF0 ? 1U : 0U);
    }
    return units;
  }

  bool reviveObject(const Value::Object& object, Value& into, const Place& place, std::size_t depth) {
    const Open open{*this, &object};
    Value::Object revived;
    for (const auto& [name, value] : object) {
      if (name == "__proto__") continue;
      ValueField field{name, {}};
      if (!countText(name, place) || !revive(value, field.value, Place{&place, name, 0, nullptr}, depth + 1))
        return false;
      // React: an object with a function of this name is a promise, which a caller would choose the resolution of.
      if (name == "then" && std::holds_alternative<Boxed<ServerReference>>(field.value.is)) field.value.is = nullptr;
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
    if (references_ && place.lists && !countInLists(place.lists, utf16Size(text), place)) return false;
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
    if (rest.starts_with('n')) {
      if (!BigInt::fits(rest.substr(1)))
        return fail(place, "a BigInt of at most " + std::to_string(BigInt::maxDigits) + " digits", name(whole));
      return is(BigInt{std::string(rest.substr(1))});
    }
    if (rest.starts_with('D')) {
      const auto date = dateFromIso(rest.substr(1));
      return date ? is(*date) : fail(place, "a date as toISOString writes it", name(whole));
    }
    const std::string_view digits = rest.substr(1);
    if (!isHex(rest.substr(0, 1))) {
      if (!isHex(digits)) return fail(place, "a token that encodeReply writes", name(whole));
      std::uint32_t id = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
      return outlined(rest.front(), id, whole, into, place, depth);
    }
    return reference(rest, whole, into, place, depth);
  }
  static std::string name(const std::string& token) { return shown(token, "a token"); }

  // A value whose parts stand elsewhere.
  bool outlined(char letter, std::uint32_t id, const std::string& whole, Value& into, const Place& place,
                std::size_t depth) {
    if (letter == '@') return promise(id, into, place, depth);
    if (!isFirstUse(letter, id, whole)) return fail(place, "each part once", name(whole) + " again");
    switch (letter) {
      case 'Q':
      case 'W':
      case 'i':
        return collection(letter, id, into, place, depth);
      case 'K':
        return form(id, into, place);
      case 'B': {
        const Part* const part = filePart(id, place);
        if (!part || !countText(part->filename, place) || !countText(part->type, place)) return false;
        into.is = Boxed{fileOf(*part)};
        return true;
      }
      case 'h':
        return function(id, into, place, depth);
      case 'R':
      case 'r':
      case 'X':
      case 'x':
        return stream(letter, id, into, place, depth);
      default:
        break;
    }
    if (const auto kind = arrayKindOf(letter)) return bytes(*kind, id, into, place);
    return fail(place, "a token that encodeReply writes", name(whole));
  }

  // What is built from a part is one thing: another token for it is refused, a reference to this token is not.
  bool isFirstUse(char letter, std::uint32_t id, const std::string& token) {
    if (letter == 'h') return true;
    const std::uint64_t key = std::uint64_t{id} << 8 | (letter == 'K' || isStream(letter) ? 1 : 0);
    return usedBy_.emplace(key, &token).first->second == &token;
  }
  static bool isStream(char letter) { return letter == 'R' || letter == 'r' || letter == 'X' || letter == 'x'; }

  bool promise(std::uint32_t id, Value& into, const Place& place, std::size_t depth) {
    const Value* const model = modelOf(id, place);
    if (!model) return false;
    if (isOpen(*model)) return fail(place, "values without cycles", "a promise of itself");
    PromiseValue promised{{Value{}}};
    if (!revive(*model, promised.value[0], outsideLists(place), depth + 1)) return false;
    into.is = std::move(promised);
    return true;
  }

  bool collection(char letter, std::uint32_t id, Value& into, const Place& place, std::size_t depth) {
    const Value* const model = modelOf(id, place);
    if (!model) return false;
    const auto* list = std::get_if<Value::List>(&model->is);
    if (!list) return fail(place, "the items of a Map, a Set or an iterator", std::string(detail::kindOf(model)));
    if (isOpen(*model)) return fail(place, "values without cycles", "one that is inside itself");
    Value::List items;
    if (!reviveList(*list, items, outsideLists(place), depth + 1)) return false;
    if (letter == 'W') {
      into.is = SetValue{std::move(items)};
      return true;
    }
    if (letter == 'i') {
      into.is = Boxed{SequenceValue{SequenceValue::Kind::iterator, std::move(items), {}}};
      return true;
    }
    MapValue map;
    for (Value& item : items) {
      auto* pair = std::get_if<Value::List>(&item.is);
      if (!pair || pair->size() != 2) return fail(place, "a Map of pairs", std::string(detail::kindOf(&item)));
      map.flat.push_back(std::move((*pair)[0]));
      map.flat.push_back(std::move((*pair)[1]));
    }
    into.is = std::move(map);
    return true;
  }

  bool form(std::uint32_t id, Value& into, const Place& place) {
    FormData form;
    for (const auto& [fieldName, part] : parts_.fields(id)) {
      if (++nodes_ > limits_.nodes) return fail(place, "at most " + std::to_string(limits_.nodes) + " values");
      if (!countText(fieldName, place)) return false;
      if (part->isFile) {
        if (!countText(part->filename, place) || !countText(part->type, place)) return false;
        form.append(std::string(fieldName), fileOf(*part));
        continue;
      }
      if (!countText(part->data, place)) return false;
      form.append(std::string(fieldName), std::string(part->data));
    }
    into.is = std::move(form);
    return true;
  }

  static File fileOf(const Part& part) { return {part.filename, part.type, part.data}; }
  const Part* filePart(std::uint32_t id, const Place& place) {
    const Part* const part = parts_.value(id);
    if (part && part->isFile) return part;
    fail(place, "part " + std::to_string(id) + " as a file", part ? "text" : "none");
    return nullptr;
  }

  bool bytes(ArrayKind kind, std::uint32_t id, Value& into, const Place& place) {
    const Part* const part = filePart(id, place);
    if (!part) return false;
    const auto& form = detail::formOf(kind);
    if (part->data.size() % form.itemSize != 0)
      return fail(place, std::string(form.name) + " of whole items of " + std::to_string(form.itemSize) + " bytes",
                  std::to_string(part->data.size()) + " bytes");
    arrayBytes_ += part->data.size();
    if (arrayBytes_ > limits_.arrayBytes)
      return fail(place,
                  "at most " + std::to_string(limits_.arrayBytes) + " bytes of typed arrays; a File may be larger");
    if (!countInLists(place.lists, part->data.size(), place)) return false;
    into.is = Boxed{Bytes{kind, std::string(part->data)}};
    return true;
  }

  bool function(std::uint32_t id, Value& into, const Place& place, std::size_t depth) {
    if (!functions_) return fail(place, "a value", "a function of the server");
    const Value* const model = modelOf(id, place);
    if (!model) return false;
    const auto* object = std::get_if<Value::Object>(&model->is);
    if (object && !countSearched(object->size(), place)) return false;
    const auto* functionName = object ? valueAs<std::string>(detail::findField(*object, "id")) : nullptr;
    if (!functionName || functionName->starts_with('$') || !functions_->hasAction(*functionName))
      return fail(place, "a function of the server that there is", "another");
    ServerReference reference{*functionName, {}};
    const Value* const bound = detail::findField(*object, "bound");
    if (bound && !std::holds_alternative<std::nullptr_t>(bound->is)) {
      Value revived;
      if (!revive(*bound, revived, outsideLists(place), depth + 1)) return false;
      const auto* list = valueAs<Value::List>(detail::settled(&revived));
      if (!list || list->size() > limits_.boundArguments)
        return fail(place, "at most " + std::to_string(limits_.boundArguments) + " bound arguments", "other ones");
      reference.bound = *list;
    }
    into.is = Boxed{std::move(reference)};
    return true;
  }

  bool stream(char letter, std::uint32_t id, Value& into, const Place& place, std::size_t depth) {
    using Kind = SequenceValue::Kind;
    SequenceValue all{letter == 'R'   ? Kind::stream
                      : letter == 'r' ? Kind::byteStream
                      : letter == 'X' ? Kind::asyncIterable
                                      : Kind::asyncIterator,
                      {},
                      {}};
    const auto* const models = piecesOf(id, place);
    if (!models) return false;
    for (const Piece& piece : *models) {
      Value& item = (piece.isEnd ? all.returned : all.items).emplace_back();
      if (!revive(piece.model, item, outsideLists(place), depth + 1)) return false;
      if (letter == 'r' && !std::holds_alternative<Boxed<Bytes>>(item.is))
        return fail(place, "a stream of bytes", std::string(detail::kindOf(&item)));
    }
    into.is = Boxed{std::move(all)};
    return true;
  }

  // What a stream gave, or returned at its end: read once, like the model of a part.
  struct Piece {
    Value model;
    bool isEnd;
  };
  const std::vector<Piece>* piecesOf(std::uint32_t id, const Place& place) {
    if (const auto known = pieces_.find(id); known != pieces_.end()) return known->second.get();
    auto pieces = std::make_unique<std::vector<Piece>>();
    bool ended = false;
    for (const Part* const part : parts_.pieces(id)) {
      if (ended || part->isFile) return fail(place, "the pieces of a stream, and its end", "something else"), nullptr;
      const std::string_view text = part->data;
      ended = text.starts_with('C');
      const std::string_view json = ended ? text.substr(1) : text;
      if (ended && json.empty()) continue;
      auto value = parsed(json, place);
      if (!value) return nullptr;
      pieces->push_back({std::move(*value), ended});
    }
    if (!ended) {
      const Part* const other = parts_.value(id);
      fail(place, "a stream with an end", other && !other->isFile ? "one " + std::string(olderStreams) : "one without");
      return nullptr;
    }
    return pieces_.emplace(id, std::move(pieces)).first->second.get();
  }

  // $0:1:name: a value that another part holds. Own items and fields only.
  bool reference(std::string_view rest, const std::string& whole, Value& into, const Place& place, std::size_t depth) {
    const Value* const target = targetOf(rest, whole, place, 0);
    if (!target) return false;
    if (isOpen(*target)) return fail(place, "values without cycles", name(whole));
    ++references_;
    const bool revived = revive(*target, into, place, depth + 1);
    --references_;
    return revived;
  }

  const Value* targetOf(std::string_view rest, const std::string& whole, const Place& place, std::size_t hops) {
    const std::size_t idEnd = std::min(rest.find(':'), rest.size());
    const std::string_view digits = rest.substr(0, idEnd);
    if (!isHex(digits)) {
      fail(place, "a token that encodeReply writes", name(whole));
      return nullptr;
    }
    std::uint32_t id = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
    const Value* target = modelOf(id, place);
    for (std::string_view path = rest.substr(idEnd); target && !path.empty();) {
      path.remove_prefix(1);
      const std::size_t end = std::min(path.find(':'), path.size());
      target = followed(target, place, hops);
      if (!target) return nullptr;
      target = step(*target, path.substr(0, end));
      if (!countSearched(1, place)) return nullptr;
      if (!target) return fail(place, "a reference to something that is there", name(whole)), nullptr;
      path.remove_prefix(end);
    }
    return target;
  }

  // What a reference on the way stands for.
  const Value* followed(const Value* value, const Place& place, std::size_t hops) {
    const auto* text = std::get_if<std::string>(&value->is);
    if (!text || text->size() < 2 || !text->starts_with('$') || !isHex(std::string_view{*text}.substr(1, 1)))
      return value;
    if (hops == limits_.depth) return fail(place, "values without cycles", name(*text)), nullptr;
    const Value* const target = targetOf(std::string_view{*text}.substr(1), *text, place, hops + 1);
    return target ? followed(target, place, hops + 1) : nullptr;
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

  // Steps of references, and fields that they are looked for among: what is sent must not cost its square, and a path
  // whose every step follows another path costs a power of its length.
  bool countSearched(std::size_t steps, const Place& place) {
    searched_ += steps;
    return searched_ <= maxSearched || fail(place, "references that are found sooner");
  }
  static constexpr std::size_t maxSearched = 2'000'000;
  static constexpr std::size_t maxInLists = 1'000'000;

  const ReplyParts& parts_;
  const ReplyLimits& limits_;
  const References* functions_;
  KeyedMap<std::uint32_t, std::unique_ptr<const Value>> models_;
  KeyedMap<std::uint32_t, std::unique_ptr<const std::vector<Piece>>> pieces_;  // of streams
  KeyedMap<std::uint64_t, const std::string*> usedBy_;
  std::size_t unparsed_ = limits_.nodes;  // values that the JSON of all parts may still have
  std::size_t read_ = 0;                  // bytes of JSON
  std::size_t searched_ = 0;
  std::size_t references_ = 0;  // that are being followed
  std::size_t nodes_ = 0;
  std::size_t textBytes_ = 0;
  std::size_t arrayBytes_ = 0;
  std::vector<const void*> open_;
  std::optional<ReplyError> error_;
};

Arguments listOf(std::expected<Value, ReplyError> root) {
  if (!root) return std::unexpected(std::move(root.error()));
  if (!std::holds_alternative<Value::List>(root->is))
    return std::unexpected(ReplyError{"arguments", "expected a list"});
  return std::get<Value::List>(std::move(root->is));
}

}  // namespace

std::string describe(const ReplyError& error) { return error.where + ": " + error.what; }

std::expected<std::vector<Value>, std::string> inWords(Arguments arguments) {
  if (!arguments) return std::unexpected(describe(arguments.error()));
  return std::move(*arguments);
}

std::expected<Value, ReplyError> decodeReply(const std::vector<Part>& parts, const ReplyLimits& limits,
                                             const References* functions, std::size_t* work) {
  const auto sorted = ReplyParts::of(parts);
  if (!sorted) return std::unexpected(ReplyError{"arguments", sorted.error()});
  Decoder decoder{*sorted, limits, functions};
  Value root;
  const bool decoded = decoder.decode(root);
  if (work) *work = decoder.work();
  if (!decoded) return std::unexpected(decoder.takeError());
  return root;
}

Arguments decodeArguments(std::string_view body, const ReplyLimits& limits) {
  const std::vector<Part> parts{{.name = "0", .data = {nullptr, body}, .isFile = false, .filename = {}, .type = {}}};
  return listOf(decodeReply(parts, limits));
}

Arguments decodeArguments(const SharedBytes& body, std::string_view contentType, const ReplyLimits& limits) {
  const auto boundary = multipartBoundary(contentType);
  if (!boundary) return decodeArguments(body, limits);
  const auto parts = parseMultipart(body, *boundary);
  if (!parts) return std::unexpected(ReplyError{"arguments", "multipart/form-data, " + describe(parts.error())});
  return listOf(decodeReply(*parts, limits));
}

}  // namespace duramen::flight
