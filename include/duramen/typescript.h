#pragma once
// The TypeScript of C++ types that cross the wire, read while compiling from the same members that the encoder writes.
// A program writes that of its components' props and of its actions with --write-types (server.h), and the check of its
// .tsx files fails where they disagree.
//
// A type that says itself how it crosses (value.h) says its TypeScript too, else it is `unknown`:
//
//   static std::string typeScript() { return "`#${string}`"; }

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "duramen/action.h"
#include "duramen/fields.h"
#include "duramen/form_data.h"
#include "duramen/js_types.h"
#include "duramen/node.h"
#include "duramen/promise.h"
#include "duramen/stream.h"
#include "duramen/value.h"

namespace duramen {
namespace detail {

template <class T>
concept SaysTypeScript = requires {
  { T::typeScript() } -> std::convertible_to<std::string>;
};
template <class T>
inline constexpr bool isTypedArray = false;
template <class T>
inline constexpr bool isTypedArray<TypedArray<T>> = true;
template <class T>
inline constexpr bool isActionRef = false;
template <class T>
inline constexpr bool isPromise = false;
template <class Signature>
inline constexpr bool isActionRef<ActionRef<Signature>> = true;
template <class T>
inline constexpr bool isPromise<duramen::Promise<T>> = true;
template <class T>
inline constexpr bool isStream = false;
template <class T>
inline constexpr bool isStream<Stream<T>> = true;
// Written as an interface of its members.
template <class T>
concept PlainStruct = Aggregate<T> && !SelfAppending<T> && !HasView<T>;

// The compiler's words for a type, in which typescript.cc finds the name.
template <class T>
consteval auto spelledType() {
  return std::string_view{__PRETTY_FUNCTION__};  // ... [T = notes::Entry]
}
// Its address stands for the type.
template <class T>
inline constexpr char typeMark = 0;

}  // namespace detail

// Gathers declarations. One struct is one interface, however often it is met; two structs of one name get two names.
class TypeScript {
 public:
  // `T` as it stands in a declaration: "string", "readonly Entry[]". Declares what it names.
  template <class T>
  std::string type();

  // Declares `EditorProps` for the component `Editor`, and that its module has a component of these props.
  template <ClientComponent Component>
  void addComponent() {
    components_[std::string(Component::module.file)][std::string(Component::module.name)] = type<Component>();
  }
  // A member of the interface `Actions`.
  template <class R, class... Args>
  void addAction(std::string_view name, detail::Types<Args...>) {
    addMember(actions_, name, function<R, Args...>(), false);
  }

  // The module, in order of the calls.
  std::string text() const;

 private:
  struct Declaration {
    const void* type;
    std::string name;
    std::string text;
  };
  struct Named {
    std::string name;
    std::size_t at;
    bool isNew;
  };

  // The name of the type that `mark` stands for: new the first time.
  Named named(const void* mark, std::string_view spelled, std::string_view suffix);
  static std::string listOf(const std::string& item);
  static std::string orUndefined(const std::string& type);
  static std::string quoted(std::string_view text);
  static void addMember(std::string& members, std::string_view name, const std::string& type, bool isOptional);

  template <class T>
  std::string enumeration();
  template <class T>
  std::string interface();
  template <class T, std::size_t I>
  void addMemberOf(std::string& members);
  template <class R, class... Args>
  std::string function();
  template <class R, class... Args>
  std::string functionOf(std::type_identity<ActionRef<R(Args...)>>) {
    return function<R, Args...>();
  }

  std::vector<Declaration> declarations_;
  std::map<std::string, std::map<std::string, std::string>> components_;  // props by module and export
  std::string actions_;
  bool usesNodes_ = false;
};

template <class T>
std::string TypeScript::type() {
  if constexpr (detail::SaysTypeScript<T>) {
    return T::typeScript();
  } else if constexpr (std::is_void_v<T>) {
    return "void";
  } else if constexpr (std::same_as<T, bool>) {
    return "boolean";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return "number";
  } else if constexpr (std::convertible_to<const T&, std::string_view> || detail::HasView<T>) {
    return "string";
  } else if constexpr (std::is_enum_v<T>) {
    return enumeration<T>();
  } else if constexpr (std::same_as<T, Node>) {
    usesNodes_ = true;
    return "ReactNode";
  } else if constexpr (detail::isActionRef<T>) {
    return functionOf(std::type_identity<T>{});
  } else if constexpr (detail::isPromise<T>) {
    return "Promise<" + type<typename T::ValueType>() + ">";
  } else if constexpr (detail::isStream<T>) {
    return "AsyncIterable<" + type<typename T::ValueType>() + ">";
  } else if constexpr (std::same_as<T, BigInt>) {
    return "bigint";
  } else if constexpr (std::same_as<T, File>) {
    return "Blob";  // what a File goes out as, and every File of the browser is one
  } else if constexpr (std::same_as<T, FormData>) {
    return "FormData";
  } else if constexpr (detail::isTypedArray<T>) {
    return std::string(detail::formOf(T::kind).name);
  } else if constexpr (std::same_as<T, Bytes>) {
    return "ArrayBuffer | ArrayBufferView";
  } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
    return "Uint8Array";
  } else if constexpr (detail::isInstant<T>) {
    return "Date";
  } else if constexpr (detail::isOptional<T>) {
    return orUndefined(type<typename T::value_type>());
  } else if constexpr (detail::isMap<T>) {
    const std::string key = type<typename T::key_type>();
    return "ReadonlyMap<" + key + ", " + type<typename T::mapped_type>() + ">";
  } else if constexpr (detail::isSet<T>) {
    return "ReadonlySet<" + type<typename T::value_type>() + ">";
  } else if constexpr (detail::isVector<T>) {
    return listOf(type<typename T::value_type>());
  } else if constexpr (detail::PlainStruct<T> && !std::same_as<T, Value>) {
    return interface<T>();
  } else {
    return "unknown";
  }
}

template <class T>
std::string TypeScript::enumeration() {
  const Named found = named(&detail::typeMark<T>, detail::spelledType<T>(), "");
  if (found.isNew) {
    std::string names;
    for (const std::string_view each : enumeratorNames<T>)
      if (!each.empty()) names += (names.empty() ? "" : " | ") + quoted(each);
    declarations_[found.at].text = "export type " + found.name + " = " + (names.empty() ? "never" : names) + ";\n";
  }
  return found.name;
}

template <class T>
std::string TypeScript::interface() {
  const Named found =
      named(&detail::typeMark<T>, detail::spelledType<T>(), ClientComponent<T> ? "Props" : std::string_view{});
  if (found.isNew) {
    std::string members;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (addMemberOf<T, I>(members), ...);
    }(std::make_index_sequence<memberCount<T>>{});
    std::string& text = declarations_[found.at].text;
    if constexpr (ClientComponent<T>)
      text = "/** `" + std::string(T::module.name) + "` of " + std::string(T::module.file) + " */\n";
    text += "export interface " + found.name + " {\n" + members + "}\n";
  }
  return found.name;
}

template <class T, std::size_t I>
void TypeScript::addMemberOf(std::string& members) {
  using Member = detail::MemberType<T, I>;
  addMember(members, fieldNames<T>[I], type<Member>(), detail::isOptional<Member>);
}

template <class R, class... Args>
std::string TypeScript::function() {
  // A struct alone may come from a form, whose fields are its members.
  constexpr bool takesFields = sizeof...(Args) == 1 && (detail::PlainStruct<Args> && ...);
  std::size_t required = 0;
  std::size_t count = 0;
  ((++count, detail::isOptional<Args> ? void() : void(required = count)), ...);
  std::string parameters;
  std::size_t index = 0;
  const auto add = [&](const std::string& type) {
    if (index++ > 0) parameters += ", ";
    parameters += "arg" + std::to_string(index) + (index > required ? "?: " : ": ") + type;
    if (takesFields) parameters += " | FormData";
  };
  (add(type<Args>()), ...);
  const std::string result = type<R>();
  return "(" + parameters + ") => Promise<" + result + ">";
}

}  // namespace duramen
