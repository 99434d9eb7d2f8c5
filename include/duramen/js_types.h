#pragma once
// Types of JavaScript that C++ has under no name of its own. They cross the wire both ways: a Date is a
// std::chrono::sys_time of milliseconds, a Map a std::map or std::unordered_map, a Set a std::set or
// std::unordered_set, a Uint8Array a std::vector<std::byte>; the rest is here.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "duramen/decode_error.h"
#include "duramen/tape.h"

namespace duramen {

struct Value;

// Milliseconds since 1970, as JavaScript counts them; every instant of a JavaScript Date fits.
using Date = std::chrono::sys_time<std::chrono::milliseconds>;

// "2026-11-25T10:00:00.000Z", and years beyond four digits as "+012026-..." (ECMA-262 Date.prototype.toISOString).
std::string toIsoString(Date date);

// A whole number of any size, in decimal digits.
class BigInt {
 public:
  static constexpr std::size_t maxDigits = 300;

  BigInt() = default;
  BigInt(std::int64_t number) : digits_(std::to_string(number)) {}
  // Throws std::invalid_argument unless it is an optional '-' and 1 to 300 digits.
  explicit BigInt(std::string digits);
  static bool fits(std::string_view digits);

  const std::string& digits() const { return digits_; }
  friend bool operator==(const BigInt&, const BigInt&) = default;

  void appendValueTo(detail::Tape& tape) const;
  static Decoded<BigInt> decodeValue(const Value* value, const Where& where);

 private:
  std::string digits_ = "0";
};

// The kinds of binary values, in the order of their row tags (docs/flight.md, A1.1).
enum class ArrayKind : std::uint8_t {
  arrayBuffer,
  int8,
  uint8,
  uint8Clamped,
  int16,
  uint16,
  int32,
  uint32,
  float32,
  float64,
  bigInt64,
  bigUint64,
  dataView,
};
namespace detail {

struct ArrayForm {
  char tag;
  std::uint8_t itemSize;
  std::string_view name;
};
inline constexpr ArrayForm arrayForms[] = {
    {'A', 1, "ArrayBuffer"},  {'O', 1, "Int8Array"},    {'o', 1, "Uint8Array"},    {'U', 1, "Uint8ClampedArray"},
    {'S', 2, "Int16Array"},   {'s', 2, "Uint16Array"},  {'L', 4, "Int32Array"},    {'l', 4, "Uint32Array"},
    {'G', 4, "Float32Array"}, {'g', 8, "Float64Array"}, {'M', 8, "BigInt64Array"}, {'m', 8, "BigUint64Array"},
    {'V', 1, "DataView"},
};
constexpr const ArrayForm& formOf(ArrayKind kind) { return arrayForms[static_cast<std::size_t>(kind)]; }

template <class T>
consteval ArrayKind arrayKindOf() {
  if constexpr (std::floating_point<T>)
    return sizeof(T) == 4 ? ArrayKind::float32 : ArrayKind::float64;
  else if constexpr (std::signed_integral<T>)
    return sizeof(T) == 1   ? ArrayKind::int8
           : sizeof(T) == 2 ? ArrayKind::int16
           : sizeof(T) == 4 ? ArrayKind::int32
                            : ArrayKind::bigInt64;
  else
    return sizeof(T) == 1   ? ArrayKind::uint8
           : sizeof(T) == 2 ? ArrayKind::uint16
           : sizeof(T) == 4 ? ArrayKind::uint32
                            : ArrayKind::bigUint64;
}

}  // namespace detail

// Binary data as it crosses: the bytes of a typed array, little-endian.
struct Bytes {
  ArrayKind kind = ArrayKind::uint8;
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;

  void appendValueTo(detail::Tape& tape) const;
  static Decoded<Bytes> decodeValue(const Value* value, const Where& where);
};

namespace detail {

void appendBytes(Tape& tape, ArrayKind kind, std::string_view data);
// The data of a typed array of this kind.
Decoded<std::string_view> decodeBytes(const Value* value, const Where& where, ArrayKind kind);

}  // namespace detail

// A typed array of JavaScript: Float64Array for double, BigInt64Array for std::int64_t, and so on.
template <class T>
  requires std::is_arithmetic_v<T> && (!std::same_as<T, bool>) && (sizeof(T) <= 8)
struct TypedArray {
  static constexpr ArrayKind kind = detail::arrayKindOf<T>();
  std::vector<T> items;
  friend bool operator==(const TypedArray&, const TypedArray&) = default;

  void appendValueTo(detail::Tape& tape) const {
    detail::appendBytes(tape, kind, {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)});
  }
  static Decoded<TypedArray> decodeValue(const Value* value, const Where& where) {
    const auto data = detail::decodeBytes(value, where, kind);
    if (!data) return std::unexpected(data.error());
    TypedArray array;
    array.items.resize(data->size() / sizeof(T));
    if (!data->empty()) std::memcpy(array.items.data(), data->data(), data->size());
    return array;
  }
};

}  // namespace duramen
