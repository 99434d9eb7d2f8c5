#pragma once
// C++ values to the tape and back: props, bound arguments, results and what objects store go out; arguments and stored
// values come in as a Value and become the program's own types, or an error that says where.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "duramen/fields.h"
#include "duramen/form_data.h"
#include "duramen/js_types.h"
#include "duramen/node.h"

namespace duramen {

struct ValueField;

struct Undefined {
  friend bool operator==(Undefined, Undefined) = default;
};

// A value that lies elsewhere, owned, copied with its owner.
template <class T>
class Boxed {
 public:
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : value_(std::make_unique<T>(*other)) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    value_ = std::make_unique<T>(*other);
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;
  const T& operator*() const { return *value_; }
  friend bool operator==(const Boxed& a, const Boxed& b) { return *a == *b; }

 private:
  std::unique_ptr<T> value_;
};

// A Map: its keys and values in turn.
struct MapValue {
  std::vector<Value> flat;
  friend bool operator==(const MapValue&, const MapValue&);
};
struct SetValue {
  std::vector<Value> items;
  friend bool operator==(const SetValue&, const SetValue&);
};
// What arrives one after another in the browser, and whole here: an iterator or a stream.
struct SequenceValue {
  enum class Kind : std::uint8_t { iterator, stream, byteStream, asyncIterable, asyncIterator };
  Kind kind;
  std::vector<Value> items;
  std::vector<Value> returned;  // one value if an iterator returned something
  friend bool operator==(const SequenceValue&, const SequenceValue&);
};
// A Promise: the one value that it resolved to.
struct PromiseValue {
  std::vector<Value> value;
  friend bool operator==(const PromiseValue&, const PromiseValue&);
};

// What was sealed by this server, and opened by it (sealed.h). Never what somebody sent.
struct OpenedValue {
  std::vector<Value> value;  // one
  friend bool operator==(const OpenedValue&, const OpenedValue&);
};

// A server function, as a payload or a caller names it.
struct ServerReference {
  std::string id;
  std::vector<Value> bound;
  friend bool operator==(const ServerReference&, const ServerReference&);
};

// A value from the other side, or from storage. Whole numbers of 64 bits are exact.
struct Value {
  using List = std::vector<Value>;
  using Object = std::vector<ValueField>;
  // Boxed: what is rare and large, so that a list of numbers stays small.
  std::variant<std::nullptr_t, Undefined, bool, std::int64_t, double, std::string, List, Object, Boxed<ServerReference>,
               BigInt, Date, MapValue, SetValue, Boxed<Bytes>, Boxed<File>, FormData, Boxed<SequenceValue>,
               PromiseValue, OpenedValue>
      is;
  friend bool operator==(const Value&, const Value&);
};
struct ValueField {
  std::string name;
  Value value;
  friend bool operator==(const ValueField&, const ValueField&) = default;
};

// The T that the value is; null if it is none, or there is no value.
template <class T>
const T* valueAs(const Value* value) {
  if (!value) return nullptr;
  if constexpr (std::same_as<T, ServerReference> || std::same_as<T, Bytes> || std::same_as<T, File> ||
                std::same_as<T, SequenceValue>) {
    const auto* const boxed = std::get_if<Boxed<T>>(&value->is);
    return boxed ? &**boxed : nullptr;
  } else {
    return std::get_if<T>(&value->is);
  }
}

// A type of the app may say itself how it crosses, with
//   void appendValueTo(detail::Tape&) const;
//   static Decoded<T> decodeValue(const Value*, const Where&);    // null: there is no such field
namespace detail {

template <class T>
inline constexpr bool isVector = false;
template <class T>
inline constexpr bool isVector<std::vector<T>> = true;
template <class T>
inline constexpr bool isMap = false;
template <class K, class V, class... Rest>
inline constexpr bool isMap<std::map<K, V, Rest...>> = true;
template <class K, class V, class... Rest>
inline constexpr bool isMap<std::unordered_map<K, V, Rest...>> = true;
template <class T>
inline constexpr bool isSet = false;
template <class... T>
inline constexpr bool isSet<std::set<T...>> = true;
template <class... T>
inline constexpr bool isSet<std::unordered_set<T...>> = true;
template <class T>
inline constexpr bool isInstant = false;
template <class Duration>
inline constexpr bool isInstant<std::chrono::sys_time<Duration>> = true;
template <class T>
concept SelfAppending = requires(const T& value, Tape& tape) { value.appendValueTo(tape); };
template <class T>
concept SelfDecoding = requires(const Value* value, const Where& where) {
  { T::decodeValue(value, where) } -> std::same_as<Decoded<T>>;
};
template <class T>
concept IsSealed = T::isSealed;
// What the server gives to the browser and never takes from it says `static constexpr bool onlyGoesOut = true`.
template <class T>
concept OnlyGoesOut = std::same_as<T, Node> || T::onlyGoesOut;

// Whether `T` crosses the wire; `Arrives`: also from the browser. `Seen`: the structs around it, which may be
// recursive.
template <class T, bool Arrives = false, class... Seen>
consteval bool crosses();
template <class T, bool Arrives, class... Seen, std::size_t... I>
consteval bool membersCross(std::index_sequence<I...>) {
  return (crosses<MemberType<T, I>, Arrives, Seen..., T>() && ...);
}
template <class T, bool Arrives, class... Seen>
consteval bool crosses() {
  if constexpr (OnlyGoesOut<T>)
    return !Arrives;
  else if constexpr (isInstant<T> || (std::same_as<T, Seen> || ...) || std::is_void_v<T> || std::is_arithmetic_v<T> ||
                     std::is_enum_v<T> || std::same_as<T, std::string> || std::same_as<T, Value> || HasView<T> ||
                     (SelfAppending<T> && (!Arrives || SelfDecoding<T>)))
    return true;
  else if constexpr (isMap<T>)
    return crosses<typename T::key_type, Arrives, Seen...>() && crosses<typename T::mapped_type, Arrives, Seen...>();
  else if constexpr (isOptional<T> || isVector<T> || isSet<T>)
    return crosses<typename T::value_type, Arrives, Seen...>();
  else if constexpr (Aggregate<T>)
    return membersCross<T, Arrives, Seen...>(std::make_index_sequence<memberCount<T>>{});
  else
    return false;
}

void appendValue(Tape& tape, const Value& value);
void appendDate(Tape& tape, Date date);
[[noreturn]] void throwNoEnumerator(std::int64_t value);
[[noreturn]] void throwTooLarge();

template <class E>
std::string_view enumeratorText(E value) {
  const auto index = static_cast<std::int64_t>(value);
  if (index < 0 || index >= 64 || enumeratorNames<E>[static_cast<std::size_t>(index)].empty()) throwNoEnumerator(index);
  return enumeratorNames<E>[static_cast<std::size_t>(index)];
}

// Throws std::out_of_range for a number above 2^63 - 1 and for an enum's value that has no name.
template <class T>
void appendValue(Tape& tape, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    tape.put(value ? Op::yes : Op::no);
  } else if constexpr (std::integral<T>) {
    if (!std::in_range<std::int64_t>(value)) throwTooLarge();
    tape.put(Op::integer, static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    tape.put(Op::real, static_cast<double>(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    tape.putText(value);
  } else if constexpr (HasView<T>) {
    tape.putText(value.view());
  } else if constexpr (std::is_enum_v<T>) {
    tape.putText(enumeratorText(value));
  } else if constexpr (std::same_as<T, Node>) {
    tape.append(value.tape());
  } else if constexpr (SelfAppending<T>) {
    value.appendValueTo(tape);
  } else if constexpr (isOptional<T>) {
    if (value)
      appendValue(tape, *value);
    else
      tape.put(Op::undefined);
  } else if constexpr (isInstant<T>) {
    appendDate(tape, std::chrono::floor<std::chrono::milliseconds>(value));
  } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
    appendBytes(tape, ArrayKind::uint8, {reinterpret_cast<const char*>(value.data()), value.size()});
  } else if constexpr (isMap<T>) {
    tape.put(Op::map, static_cast<std::uint32_t>(value.size()));
    for (const auto& [key, mapped] : value) {
      appendValue(tape, key);
      appendValue(tape, mapped);
    }
  } else if constexpr (isSet<T>) {
    tape.put(Op::set, static_cast<std::uint32_t>(value.size()));
    for (const auto& each : value) appendValue(tape, each);
  } else if constexpr (std::same_as<T, std::vector<Node>>) {
    appendChild(tape, value);
  } else if constexpr (isVector<T>) {
    tape.put(Op::array, static_cast<std::uint32_t>(value.size()));
    for (const auto& each : value) appendValue(tape, static_cast<const typename T::value_type&>(each));
  } else if constexpr (Aggregate<T>) {
    tape.put(Op::object, static_cast<std::uint32_t>(memberCount<T>));
    withMembers(value, [&](const auto&... member) {
      [[maybe_unused]] std::size_t index = 0;
      ((tape.putField(fieldNames<T>[index++]), appendValue(tape, member)), ...);
    });
  } else {
    static_assert(std::same_as<T, void>,
                  "this type does not cross the wire: use text, numbers, bool, enums, keys, optionals, vectors, or a "
                  "struct of public members of these");
  }
}

// "text", "a list"; "nothing" for null.
std::string_view kindOf(const Value* value);
std::unexpected<DecodeError> unexpectedKind(const Where& where, std::string_view expected, const Value* got);
std::unexpected<DecodeError> unexpectedValue(const Where& where, std::string_view expected, std::string_view got);
const Value* findField(const Value::Object& object, std::string_view name);

// The number as a whole one, or why it is none.
Decoded<std::int64_t> decodeInteger(const Value* value, const Where& where);
Decoded<double> decodeReal(const Value* value, const Where& where);
Decoded<std::string> decodeText(const Value* value, const Where& where);
Decoded<std::size_t> decodeEnumerator(const Value* value, const Where& where, std::span<const std::string_view> names);

Decoded<Date> decodeDate(const Value* value, const Where& where);
Decoded<std::vector<std::byte>> decodeAnyBytes(const Value* value, const Where& where);
// What a promise resolved to; any other value itself.
const Value* settled(const Value* value);
// The items of a list, or of a Set or an iterator; null if it is none of these.
const Value::List* itemsOf(const Value* value);
// The keys and values in turn of a Map, of an object or of a list of pairs; nothing if it is none of these.
std::optional<std::vector<const Value*>> pairsOf(const Value* value, std::vector<Value>& names);
// A field of a form as the value that a member of this kind is decoded from: text is read as a number or as a yes.
enum class FieldKind : std::uint8_t { text, number, flag, list, file };
Value formField(const FormData& form, std::string_view name, FieldKind kind, FieldKind itemKind);

template <class T>
consteval FieldKind fieldKindOf() {
  if constexpr (isOptional<T>)
    return fieldKindOf<typename T::value_type>();
  else if constexpr (std::same_as<T, bool>)
    return FieldKind::flag;
  else if constexpr (std::is_arithmetic_v<T>)
    return FieldKind::number;
  else if constexpr (std::same_as<T, File>)
    return FieldKind::file;
  else if constexpr (isVector<T> || isSet<T>)
    return FieldKind::list;
  else
    return FieldKind::text;
}
template <class T>
consteval FieldKind itemKindOf() {
  if constexpr (isOptional<T>)
    return itemKindOf<typename T::value_type>();
  else if constexpr (isVector<T> || isSet<T>)
    return fieldKindOf<typename T::value_type>();
  else
    return FieldKind::text;
}

template <class T>
Decoded<T> decode(const Value* value, const Where& where);

// Whether the item did not fall into a bucket with very many others. An app's own hash table is filled with what a
// stranger sends, who may choose it so; a table that spreads has at most ten in one bucket.
template <class Table>
bool spreads(const Table& table, typename Table::const_iterator item) {
  constexpr std::size_t most = 128;
  if constexpr (isMap<Table> && requires { table.bucket_size(0); })
    return table.bucket_size(table.bucket(item->first)) <= most;
  else if constexpr (requires { table.bucket_size(0); })
    return table.bucket_size(table.bucket(*item)) <= most;
  else
    return true;
}

// A struct whose members are the fields of a form.
template <class T, std::size_t... I>
Value formObject(const FormData& form, std::index_sequence<I...>) {
  return Value{
      Value::Object{{std::string(fieldNames<T>[I]), formField(form, fieldNames<T>[I], fieldKindOf<MemberType<T, I>>(),
                                                              itemKindOf<MemberType<T, I>>())}...}};
}

template <class T, std::size_t... I>
Decoded<T> decodeStruct(const Value::Object& object, const Where& where, std::index_sequence<I...>) {
  std::tuple<Decoded<MemberType<T, I>>...> members{
      decode<MemberType<T, I>>(findField(object, fieldNames<T>[I]), where.field(fieldNames<T>[I]))...};
  const DecodeError* failed = nullptr;
  ((failed || std::get<I>(members) ? void() : void(failed = &std::get<I>(members).error())), ...);
  if (failed) return std::unexpected(*failed);
  return T{std::move(*std::get<I>(members))...};
}

// `value` is null where there is none: only an optional may be missing.
template <class T>
Decoded<T> decode(const Value* value, const Where& where) {
  static_assert(crosses<T>(),
                "this type does not cross the wire: use text, numbers, bool, enums, keys, optionals, vectors, or a "
                "struct of public members of these");
  if constexpr (!std::same_as<T, Value>) value = settled(value);
  if constexpr (isOptional<T>) {
    if (!value || std::holds_alternative<std::nullptr_t>(value->is) || std::holds_alternative<Undefined>(value->is))
      return T{};
    auto inner = decode<typename T::value_type>(value, where);
    if (!inner) return std::unexpected(std::move(inner.error()));
    return T{std::move(*inner)};
  } else if constexpr (std::same_as<T, bool>) {
    if (const bool* is = valueAs<bool>(value)) return *is;
    return unexpectedKind(where, "true or false", value);
  } else if constexpr (std::integral<T>) {
    const auto whole = decodeInteger(value, where);
    if (!whole) return std::unexpected(whole.error());
    if (!std::in_range<T>(*whole)) return unexpectedValue(where, "a number in range", "one out of range");
    return static_cast<T>(*whole);
  } else if constexpr (std::floating_point<T>) {
    const auto number = decodeReal(value, where);
    if (!number) return std::unexpected(number.error());
    return static_cast<T>(*number);
  } else if constexpr (std::is_enum_v<T>) {
    const auto index = decodeEnumerator(value, where, enumeratorNames<T>);
    if (!index) return std::unexpected(index.error());
    return static_cast<T>(*index);
  } else if constexpr (std::same_as<T, std::string>) {
    return decodeText(value, where);
  } else if constexpr (SelfDecoding<T>) {
    return T::decodeValue(value, where);
  } else if constexpr (HasView<T>) {
    auto text = decodeText(value, where);
    if (!text) return std::unexpected(std::move(text.error()));
    return T{std::move(*text)};
  } else if constexpr (std::same_as<T, Value>) {
    return value ? *value : Value{Undefined{}};
  } else if constexpr (std::same_as<T, Node>) {
    // A node is read back by tests only, as the data that it crossed as.
    Tape tape;
    appendValue(tape, value ? *value : Value{});
    return Node{std::move(tape)};
  } else if constexpr (isInstant<T>) {
    const auto date = decodeDate(value, where);
    if (!date) return std::unexpected(date.error());
    return std::chrono::time_point_cast<typename T::duration>(*date);
  } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
    return decodeAnyBytes(value, where);
  } else if constexpr (isMap<T>) {
    std::vector<Value> names;
    const auto pairs = pairsOf(value, names);
    if (!pairs) return unexpectedKind(where, "a Map", value);
    T map;
    for (std::size_t i = 0; i < pairs->size(); i += 2) {
      auto key = decode<typename T::key_type>((*pairs)[i], where.item(i / 2).field("key"));
      if (!key) return std::unexpected(std::move(key.error()));
      auto mapped = decode<typename T::mapped_type>((*pairs)[i + 1], where.item(i / 2).field("value"));
      if (!mapped) return std::unexpected(std::move(mapped.error()));
      const auto at = map.insert_or_assign(std::move(*key), std::move(*mapped)).first;
      if (!spreads(map, at)) return unexpectedValue(where, "keys of different hashes", "many of one");
    }
    return map;
  } else if constexpr (isVector<T> || isSet<T>) {
    const auto* items = itemsOf(value);
    if (!items) return unexpectedKind(where, isSet<T> ? "a Set" : "a list", value);
    T list;
    if constexpr (isVector<T>) list.reserve(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) {
      auto item = decode<typename T::value_type>(&(*items)[i], where.item(i));
      if (!item) return std::unexpected(std::move(item.error()));
      [[maybe_unused]] const auto at = list.insert(list.end(), std::move(*item));
      if constexpr (isSet<T>)
        if (!spreads(list, at)) return unexpectedValue(where, "items of different hashes", "many of one");
    }
    return list;
  } else {
    if (const auto* form = valueAs<FormData>(value)) {
      const Value fields = formObject<T>(*form, std::make_index_sequence<memberCount<T>>{});
      return decodeStruct<T>(std::get<Value::Object>(fields.is), where, std::make_index_sequence<memberCount<T>>{});
    }
    const auto* object = valueAs<Value::Object>(value);
    if (!object) return unexpectedKind(where, "an object", value);
    return decodeStruct<T>(*object, where, std::make_index_sequence<memberCount<T>>{});
  }
}

// The arguments of a call to `name` ("saveNote"), of which trailing optional ones may be missing.
template <class... Args>
Decoded<std::tuple<Args...>> decodeArguments(const Value::List& arguments, std::string_view name) {
  const auto argument = [&]<class T>(std::size_t index, std::type_identity<T>) {
    const std::string where = std::string(name) + ", argument " + std::to_string(index + 1);
    return decode<T>(index < arguments.size() ? &arguments[index] : nullptr, where);
  };
  if (arguments.size() > sizeof...(Args))
    return unexpectedValue(name, "at most " + std::to_string(sizeof...(Args)) + " arguments",
                           std::to_string(arguments.size()));
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> Decoded<std::tuple<Args...>> {
    std::tuple<Decoded<Args>...> decoded{argument(I, std::type_identity<Args>{})...};
    const DecodeError* failed = nullptr;
    ((failed || std::get<I>(decoded) ? void() : void(failed = &std::get<I>(decoded).error())), ...);
    if (failed) return std::unexpected(*failed);
    return std::tuple<Args...>{std::move(*std::get<I>(decoded))...};
  }(std::index_sequence_for<Args...>{});
}

}  // namespace detail
}  // namespace duramen
