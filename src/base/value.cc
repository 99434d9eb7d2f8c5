#include "duramen/value.h"

#include <algorithm>
#include <charconv>

namespace duramen {

bool operator==(const ServerReference& a, const ServerReference& b) { return a.id == b.id && a.bound == b.bound; }
bool operator==(const MapValue& a, const MapValue& b) { return a.flat == b.flat; }
bool operator==(const SetValue& a, const SetValue& b) { return a.items == b.items; }
bool operator==(const SequenceValue& a, const SequenceValue& b) {
  return a.kind == b.kind && a.items == b.items && a.returned == b.returned;
}
bool operator==(const PromiseValue& a, const PromiseValue& b) { return a.value == b.value; }
bool operator==(const OpenedValue& a, const OpenedValue& b) { return a.value == b.value; }
bool operator==(const Value& a, const Value& b) { return a.is == b.is; }

std::string describe(const DecodeError& error) {
  return error.where + ": expected " + error.expected + ", got " + error.got;
}

std::string Where::toString() const {
  if (!parent_) return std::string(name_);
  if (name_.data()) return parent_->toString().append(".").append(name_);
  return parent_->toString() + "[" + std::to_string(index_) + "]";
}

namespace detail {
namespace {

struct ValueWriter {
  Tape& tape;
  void operator()(std::nullptr_t) const { tape.put(Op::null); }
  void operator()(Undefined) const { tape.put(Op::undefined); }
  void operator()(bool value) const { tape.put(value ? Op::yes : Op::no); }
  void operator()(std::int64_t value) const { tape.put(Op::integer, value); }
  void operator()(double value) const { tape.put(Op::real, value); }
  void operator()(const std::string& value) const { tape.putText(value); }
  void operator()(const Value::List& value) const {
    tape.put(Op::array, static_cast<std::uint32_t>(value.size()));
    for (const Value& each : value) appendValue(tape, each);
  }
  void operator()(const Value::Object& value) const {
    tape.put(Op::object, static_cast<std::uint32_t>(value.size()));
    for (const ValueField& each : value) {
      if (each.name.size() > 255) throw std::length_error("the name of a field has more than 255 bytes");
      tape.putField(each.name);
      appendValue(tape, each.value);
    }
  }
  template <class T>
  void operator()(const Boxed<T>& value) const {
    (*this)(*value);
  }
  void operator()(const ServerReference& value) const {
    Tape bound;
    for (const Value& each : value.bound) appendValue(bound, each);
    tape.put(Op::action, static_cast<std::uint8_t>(value.bound.size()), static_cast<std::uint8_t>(value.id.size()),
             bound.size());
    tape.append(value.id.data(), value.id.size());
    tape.append(bound.data(), bound.size());
  }
  void operator()(const BigInt& value) const { value.appendValueTo(tape); }
  void operator()(Date value) const { appendDate(tape, value); }
  void operator()(const MapValue& value) const {
    tape.put(Op::map, static_cast<std::uint32_t>(value.flat.size() / 2));
    for (const Value& each : value.flat) appendValue(tape, each);
  }
  void operator()(const SetValue& value) const {
    tape.put(Op::set, static_cast<std::uint32_t>(value.items.size()));
    for (const Value& each : value.items) appendValue(tape, each);
  }
  void operator()(const Bytes& value) const { value.appendValueTo(tape); }
  void operator()(const File& value) const { value.appendValueTo(tape); }
  void operator()(const FormData& value) const { value.appendValueTo(tape); }
  void operator()(const SequenceValue& value) const {
    tape.put(Op::iterator, static_cast<std::uint32_t>(value.items.size()));
    for (const Value& each : value.items) appendValue(tape, each);
  }
  void operator()(const OpenedValue& value) const { appendValue(tape, value.value.at(0)); }
  void operator()(const PromiseValue& value) const {
    tape.put(Op::promise);
    appendValue(tape, value.value.at(0));
  }
};

}  // namespace

void appendValue(Tape& tape, const Value& value) { std::visit(ValueWriter{tape}, value.is); }

void throwNoEnumerator(std::int64_t value) {
  throw std::out_of_range("an enum's value has no name: " + std::to_string(value));
}
void throwTooLarge() { throw std::out_of_range("a number above 2^63 - 1 does not cross the wire"); }

std::string_view kindOf(const Value* value) {
  constexpr std::string_view kinds[] = {"null",
                                        "undefined",
                                        "true or false",
                                        "a number",
                                        "a number",
                                        "text",
                                        "a list",
                                        "an object",
                                        "a function of the server",
                                        "a BigInt",
                                        "a Date",
                                        "a Map",
                                        "a Set",
                                        "bytes",
                                        "a File",
                                        "FormData",
                                        "an iterator or a stream",
                                        "a Promise",
                                        "a value that was sealed"};
  static_assert(std::size(kinds) == std::variant_size_v<decltype(Value::is)>);
  return value ? kinds[value->is.index()] : "nothing";
}

std::unexpected<DecodeError> unexpectedKind(const Where& where, std::string_view expected, const Value* got) {
  return unexpectedValue(where, expected, kindOf(got));
}
std::unexpected<DecodeError> unexpectedValue(const Where& where, std::string_view expected, std::string_view got) {
  return std::unexpected(DecodeError{where.toString(), std::string(expected), std::string(got)});
}

const Value* findField(const Value::Object& object, std::string_view name) {
  for (const ValueField& field : object)
    if (field.name == name) return &field.value;
  return nullptr;
}

namespace {

Decoded<std::int64_t> decodeWhole(const BigInt& big, const Where& where) {
  std::int64_t whole = 0;
  const std::string& digits = big.digits();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error != std::errc{}) return unexpectedValue(where, "a whole number of 64 bits", "a larger BigInt");
  return whole;
}

}  // namespace

Decoded<std::int64_t> decodeInteger(const Value* value, const Where& where) {
  if (const auto* whole = valueAs<std::int64_t>(value)) return *whole;
  if (const auto* big = valueAs<BigInt>(value)) return decodeWhole(*big, where);
  const auto* number = valueAs<double>(value);
  if (!number) return unexpectedKind(where, "a number", value);
  if (*number != std::floor(*number)) return unexpectedValue(where, "a whole number", "a fraction");
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (!(*number >= -limit && *number < limit)) return unexpectedValue(where, "a number in range", "one out of range");
  return static_cast<std::int64_t>(*number);
}

Decoded<double> decodeReal(const Value* value, const Where& where) {
  if (const auto* number = valueAs<double>(value)) return *number;
  if (const auto* whole = valueAs<std::int64_t>(value)) return static_cast<double>(*whole);
  return unexpectedKind(where, "a number", value);
}

Decoded<std::string> decodeText(const Value* value, const Where& where) {
  if (const auto* text = valueAs<std::string>(value)) return *text;
  return unexpectedKind(where, "text", value);
}

Decoded<std::size_t> decodeEnumerator(const Value* value, const Where& where, std::span<const std::string_view> names) {
  const auto* text = valueAs<std::string>(value);
  if (!text) return unexpectedKind(where, "the name of a choice", value);
  const auto at = std::ranges::find(names, *text);
  if (text->empty() || at == names.end()) return unexpectedValue(where, "the name of a choice", "an unknown one");
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace detail
}  // namespace duramen
