#pragma once
// A Node is a finished piece of a page: a value, immutable, with no pointer into anything that dies. What may stand
// among the children of an element is listed at `appendChild`.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "duramen/tape.h"
#include "duramen/task.h"

namespace duramen {

// Where the browser finds a client component (client.h). The texts live for ever.
struct ClientModule {
  std::string_view file;  // "/client/Editor.tsx"
  std::string_view name;  // the export: "Editor"
};
template <class T>
concept ClientComponent = requires {
  { &T::module } -> std::same_as<const ClientModule*>;
};

class Text;
namespace detail {
template <ClientComponent Component>
void appendComponent(Tape& tape, const Text& key, const Component& props);
template <ClientComponent Component>
Tape componentTape(const Component& props);
}  // namespace detail

class Node {
 public:
  template <ClientComponent Component>
  Node(const Component& component) : tape_(detail::componentTape(component)) {}
  explicit Node(detail::Tape tape) : tape_(std::move(tape)) {}
  Node(std::nullptr_t) { tape_.put(detail::Op::null); }
  Node(std::string_view text) { tape_.putText(text); }
  Node(const std::string& text) : Node(std::string_view{text}) {}
  Node(const char* text) : Node(std::string_view{text}) {}

  // In a document's tree: the place where the page goes.
  static Node hole() {
    detail::Tape tape;
    tape.put(detail::Op::hole);
    return Node{std::move(tape)};
  }

  const detail::Tape& tape() const { return tape_; }
  // Two nodes are equal if they were built alike, which costs one comparison of bytes.
  friend bool operator==(const Node& a, const Node& b) { return a.tape_.bytes() == b.tape_.bytes(); }

 private:
  detail::Tape tape_;
};

namespace detail {

// Keys and other strong types of text.
template <class T>
concept HasView = requires(const T& key) {
  { key.view() } -> std::same_as<std::string_view>;
};
template <class T>
inline constexpr bool isOptional = false;
template <class T>
inline constexpr bool isOptional<std::optional<T>> = true;
// An element whose attributes are still being written (html.h).
template <class T>
concept Building = requires(const T& element, Tape& tape) { element.appendTo(tape); };

}  // namespace detail

// Text for an attribute or a key: any string, a Key, a number, an optional of these. An empty optional or a null
// pointer is text that is absent. Points into what it was made from.
// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): digits_ is only read through view_.
class Text {
 public:
  Text(const char* text) : view_(text ? std::string_view{text} : std::string_view{}), present_(text != nullptr) {}
  Text(std::string_view text) : view_(text) {}
  Text(const std::string& text) : view_(text) {}
  Text(std::nullopt_t) : present_(false) {}
  Text(std::nullptr_t) : present_(false) {}
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Text(T number) {
    endAt(std::to_chars(digits_, digits_ + sizeof digits_, number).ptr);
  }
  template <std::floating_point T>
  Text(T number) {
    endAt(detail::writeNumber(digits_, static_cast<double>(number)));
  }
  template <detail::HasView T>
  Text(const T& key) : view_(key.view()) {}
  template <class T>
    requires std::constructible_from<Text, const T&>
  Text(const std::optional<T>& maybe) : present_(maybe.has_value()) {
    if (maybe) take(Text{*maybe});
  }
  Text(const Text&) = delete;  // view_ may point into digits_

  bool present() const { return present_; }
  std::string_view view() const { return view_; }

 private:
  void take(const Text& other) {
    present_ = other.present_;
    view_ = other.view_;
    if (view_.data() != other.digits_) return;
    endAt(std::copy(view_.begin(), view_.end(), digits_));
  }
  void endAt(const char* end) { view_ = {digits_, static_cast<std::size_t>(end - digits_)}; }

  std::string_view view_;
  bool present_ = true;
  char digits_[32];
};
// NOLINTEND(cppcoreguidelines-pro-type-member-init)

namespace detail {

// Whether a child may turn out to be text, a number or null.
template <class T>
inline constexpr bool mayBeText = !Building<std::remove_cvref_t<T>> && !ClientComponent<std::remove_cvref_t<T>>;

// Puts a child: an element, a client component, text, a number, a Key, nullptr, or an optional or a range of children.
// nullptr and an empty optional show nothing but keep their place, so that the siblings after them keep their state.
template <class T>
void appendChild(Tape& tape, T&& child) {
  using Child = std::remove_cvref_t<T>;
  if constexpr (std::same_as<Child, Node>) {
    tape.append(child.tape());
  } else if constexpr (Building<Child>) {
    child.appendTo(tape);
  } else if constexpr (ClientComponent<Child>) {
    appendComponent(tape, std::nullopt, child);
  } else if constexpr (std::same_as<Child, std::nullptr_t> || std::same_as<Child, std::nullopt_t>) {
    tape.put(Op::null);
  } else if constexpr (std::convertible_to<T&&, std::string_view>) {
    tape.putText(child);
  } else if constexpr (std::same_as<Child, bool>) {
    static_assert(std::same_as<Child, void>,
                  "a bool is not a child: what is there only sometimes is written `condition ? node : nullptr`");
  } else if constexpr (std::same_as<Child, char>) {
    tape.putText({&child, 1});
  } else if constexpr (std::integral<Child>) {
    tape.put(Op::integer, static_cast<std::int64_t>(child));
  } else if constexpr (std::floating_point<Child>) {
    tape.put(Op::real, static_cast<double>(child));
  } else if constexpr (HasView<Child>) {
    tape.putText(child.view());
  } else if constexpr (isOptional<Child>) {
    if (child)
      appendChild(tape, *std::forward<T>(child));
    else
      tape.put(Op::null);
  } else if constexpr (std::ranges::input_range<T>) {
    const std::uint32_t start = tape.size();
    tape.put(Op::list, std::uint32_t{}, std::uint32_t{});
    const std::uint32_t body = tape.size();
    std::uint32_t count = 0;
    for (auto&& each : child) {
      appendChild(tape, std::forward<decltype(each)>(each));
      ++count;
    }
    tape.patch(start + 1, count);
    tape.patch(start + 5, tape.size() - body);
  } else if constexpr (isTask<Child>) {
    static_assert(std::same_as<Child, void>,
                  "a Task is not a child: co_await it into a local first, or put it into a Suspense");
  } else {
    static_assert(std::same_as<Child, void>,
                  "a child is an element, text, a number, nullptr, an optional or a range of children");
  }
}

}  // namespace detail
}  // namespace duramen
