#pragma once
// The names of an aggregate's members and of an enum's enumerators, read by the compiler: the address of a member of an
// object that is only declared is a template argument, and __PRETTY_FUNCTION__ spells it. A `fields` list renames:
//
//   struct Order { int n; static constexpr std::array fields{"count"}; };

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "duramen/members.h"

namespace duramen {

// Text as a template argument.
template <std::size_t N>
struct Literal {
  char text[N]{};
  consteval Literal(const char (&source)[N]) { std::copy_n(source, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

// A struct of public members, without bases and without constructors, with at most 64 members.
template <class T>
concept Aggregate = std::is_class_v<T> && std::is_aggregate_v<T>;

template <Aggregate T>
inline constexpr std::size_t memberCount = detail::countMembers<T>();

namespace detail {

template <class... T>
struct Types {};

template <class T>
struct Declared {
  T value;
};
// Declared, never defined: only addresses inside it are taken, while compiling.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Declared<T> declared;

template <class T>
consteval auto memberAddresses() {
  return withMembers(declared<T>.value, [](auto&... member) { return std::tuple{std::addressof(member)...}; });
}

template <class T, std::size_t I>
consteval auto memberAddress() {
  return std::get<I>(memberAddresses<T>());
}

template <class T, std::size_t I>
using MemberType = std::remove_cvref_t<decltype(*memberAddress<T, I>())>;

template <auto Address>
consteval auto spelledMember() {                  // auto: g++ would append what std::string_view is
  std::string_view spelled{__PRETTY_FUNCTION__};  // ... [Address = &declared<T>.value.name]
  spelled.remove_suffix(spelled.size() - spelled.rfind(']'));
  if (const auto bracket = spelled.find_last_of("[("); bracket != std::string_view::npos && spelled.ends_with("]"))
    spelled.remove_suffix(spelled.size() - bracket);  // an array: ...value.name[0]
  spelled.remove_prefix(spelled.find_last_of(".:") + 1);
  while (!spelled.empty() && (spelled.back() == ')' || spelled.back() == '}')) spelled.remove_suffix(1);
  return spelled;
}

template <class T, std::size_t I>
inline constexpr std::string_view memberName = spelledMember<memberAddress<T, I>()>();
#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <auto Value>
consteval auto spelledEnumerator() {
  std::string_view spelled{__PRETTY_FUNCTION__};  // ... [Value = Color::red] or [Value = (Color)7]
  spelled.remove_suffix(1);
  spelled.remove_prefix(spelled.rfind(" = ") + 3);
  // Only in a cast does a ')' end the type; one before the last ':' belongs to `(anonymous namespace)`.
  const auto name = spelled.rfind(':') + 1;
  const auto close = spelled.rfind(')');
  if (close != std::string_view::npos && close >= name) return std::string_view{};
  return spelled.substr(name);
}

// Of an enum without a fixed underlying type, not every number is a value.
template <class E>
concept HasFixedType = requires { E{0}; };

template <class T>
concept RenamesFields = requires { std::string_view{T::fields[0]}; };

}  // namespace detail

// The field names of `T`, in order of declaration.
template <Aggregate T>
inline constexpr auto fieldNames = []<std::size_t... I>(std::index_sequence<I...>) {
  if constexpr (detail::RenamesFields<T>) {
    constexpr bool namesEach = std::size(T::fields) == sizeof...(I);
    static_assert(namesEach, "`fields` names every member of the struct, in order");
    if constexpr (namesEach)
      return std::array<std::string_view, sizeof...(I)>{T::fields[I]...};
    else
      return std::array<std::string_view, sizeof...(I)>{};
  } else {
    return std::array<std::string_view, sizeof...(I)>{detail::memberName<T, I>...};
  }
}(std::make_index_sequence<memberCount<T>>{});

// The names of the enumerators 0 to 63, by value; empty where there is none.
template <class E>
  requires std::is_enum_v<E>
inline constexpr auto enumeratorNames = []<std::size_t... I>(std::index_sequence<I...>) {
  constexpr bool fixed = detail::HasFixedType<E>;
  static_assert(fixed, "an enum whose names are read is an `enum class`, or says its type: `enum Color : int`");
  if constexpr (fixed)
    return std::array{detail::spelledEnumerator<static_cast<E>(I)>()...};
  else
    return std::array<std::string_view, sizeof...(I)>{};
}(std::make_index_sequence<64>{});

}  // namespace duramen
