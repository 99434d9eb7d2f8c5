#pragma once
// Host elements. Attributes are called on the element, in any order, then the children:
//
//   html::main.className("note").id("n")(html::h1("Note"), html::a.href("/")("Home"))
//
// Children that are all text and numbers become one text: `html::p(3, " here")` is "3 here". Where text that changes
// stands beside elements, give it an element of its own: what translates pages may otherwise keep React from changing
// it.
//
// An element offers exactly the attributes that HTML gives it, under React's names. Text that is not there (nullptr, an
// empty optional) is an attribute that is not there. Elements have no events: those live in client components.

#include "duramen/html_attributes.h"

namespace duramen::html {

template <template <class, class> class Family>
class Element;

// An element whose attributes are being written. As a child or as a Node it is an element without children; called, it
// gets them. Keep one to stamp out many: `const auto cell = html::td.className("n");`.
template <template <class, class> class Family>
class Open : public Family<Open<Family>, Open<Family>> {
 public:
  explicit Open(const Element<Family>& element) {
    tape_.put(detail::Op::element, element.tag(), std::uint32_t{}, std::uint32_t{});
  }

  template <class... Children>
  Node operator()(Children&&... children) && {
    return Node{std::move(*this).close(std::forward<Children>(children)...)};
  }
  template <class... Children>
  Node operator()(Children&&... children) const& {
    return Open{*this}(std::forward<Children>(children)...);
  }
  operator Node() && { return Node{std::move(*this).close()}; }
  operator Node() const& { return Open{*this}; }
  void appendTo(detail::Tape& parent) const {
    const std::uint32_t start = parent.size();
    parent.append(tape_.data(), tape_.size());
    parent.patch(start + sizeAt, tape_.size() - headerSize);
  }

  // For the attributes.
  Open&& set(Attr name, const Text& value) {
    if (!value.present()) return std::move(*this);
    char* at = tape_.grow(2 + textSize(value));
    *at++ = static_cast<char>(detail::Op::attribute);
    *at++ = static_cast<char>(name);
    writeText(at, value.view());
    return std::move(*this);
  }
  Open&& set(Attr name, Flag value) {
    tape_.put(detail::Op::attribute, name, value.value ? detail::Op::yes : detail::Op::no);
    return std::move(*this);
  }
  Open&& set(Attr name, int value) {
    tape_.put(detail::Op::attribute, name, detail::Op::integer, std::int64_t{value});
    return std::move(*this);
  }
  // An action of the server, or a URL.
  template <class A>
  Open&& setAction(Attr name, const A& action);
  Open&& setKey(const Text& value);
  Open&& setCustom(std::string_view prefix, std::string_view name, const Text& value) {
    if (value.present()) writeText(growCustom(prefix, name, textSize(value)), value.view());
    return std::move(*this);
  }
  Open&& setCustom(std::string_view prefix, std::string_view name, Flag value) {
    *growCustom(prefix, name, 1) = static_cast<char>(value.value ? detail::Op::yes : detail::Op::no);
    return std::move(*this);
  }
  Open&& setStyle(std::initializer_list<StyleRule> rules);
  Open&& setRaw(std::string_view raw) {
    tape_.put(detail::Op::attribute, Attr::dangerouslySetInnerHTML, detail::Op::object, std::uint32_t{1});
    tape_.putField("__html");
    tape_.putText(raw);
    return std::move(*this);
  }

 private:
  static constexpr std::uint32_t countAt = 3, sizeAt = 7, headerSize = 11;  // tape.h

  static std::size_t textSize(const Text& value) { return 1 + sizeof(std::uint32_t) + value.view().size(); }
  static void writeText(char* at, std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    *at++ = static_cast<char>(detail::Op::text);
    std::memcpy(at, &length, sizeof length);
    std::memcpy(at + sizeof length, text.data(), text.size());
  }
  // Where the value of `size` bytes goes.
  char* growCustom(std::string_view prefix, std::string_view name, std::size_t size) {
    char* at = tape_.grow(2 + prefix.size() + name.size() + size);
    *at++ = static_cast<char>(detail::Op::custom);
    *at++ = static_cast<char>(prefix.size() + name.size());
    std::memcpy(at, prefix.data(), prefix.size());
    std::memcpy(at + prefix.size(), name.data(), name.size());
    return at + prefix.size() + name.size();
  }
  template <class... Children>
  detail::Tape close(Children&&... children) && {
    constexpr bool fits = Open::mayHaveChildren || sizeof...(Children) == 0;
    static_assert(fits, "this element has no children: br, hr, img, input and meta are empty");
    const std::uint32_t from = tape_.size();
    if constexpr (fits) (detail::appendChild(tape_, std::forward<Children>(children)), ...);
    std::uint32_t count = sizeof...(Children);
    // Translators wrap text nodes, and React then no longer finds them; the one text of an element it sets anew.
    if constexpr (sizeof...(Children) > 1 && (detail::mayBeText<Children> && ...))
      count = detail::joinTexts(tape_, from, count);
    tape_.patch(countAt, count);
    tape_.patch(sizeAt, tape_.size() - headerSize);
    return std::move(tape_);
  }

  detail::Tape tape_;
};

// An element by name, before its first attribute.
template <template <class, class> class Family>
class Element : public Family<Element<Family>, Open<Family>> {
 public:
  constexpr explicit Element(Tag tag) : tag_(tag) {}
  template <class... Children>
  Node operator()(Children&&... children) const {
    return Open<Family>{*this}(std::forward<Children>(children)...);
  }
  operator Node() const { return Open<Family>{*this}; }
  void appendTo(detail::Tape& parent) const { Open<Family>{*this}.appendTo(parent); }
  constexpr Tag tag() const { return tag_; }

 private:
  Tag tag_;
};

// A form's action is fully bound, or takes the form's fields.
template <template <class, class> class Family>
template <class A>
auto Open<Family>::setAction(Attr name, const A& action) -> Open&& {
  if constexpr (std::constructible_from<Text, const A&>) {
    return set(name, Text{action});
  } else if constexpr (requires { action.bind(); }) {
    return setAction(name, action.bind());
  } else {
    constexpr bool fits = requires { requires A::takesForm; };
    static_assert(fits,
                  "the action of a form is a URL, or an action whose arguments are bound but for one: a FormData or a "
                  "struct of the form's fields");
    if constexpr (fits) {
      tape_.put(detail::Op::attribute, name);
      action.appendValueTo(tape_);
    }
    return std::move(*this);
  }
}

// The key comes first on the tape, whatever the order of the calls.
template <template <class, class> class Family>
auto Open<Family>::setKey(const Text& value) -> Open&& {
  if (!value.present()) return std::move(*this);
  const std::uint32_t end = tape_.size();
  const auto length = static_cast<std::uint32_t>(value.view().size());
  char* at = tape_.grow(1 + sizeof length + length);
  *at++ = static_cast<char>(detail::Op::key);
  std::memcpy(at, &length, sizeof length);
  std::memcpy(at + sizeof length, value.view().data(), length);
  if (end != headerSize) tape_.rotate(headerSize, end);
  return std::move(*this);
}

template <template <class, class> class Family>
auto Open<Family>::setStyle(std::initializer_list<StyleRule> rules) -> Open&& {
  tape_.put(detail::Op::attribute, Attr::style, detail::Op::object, static_cast<std::uint32_t>(rules.size()));
  for (const StyleRule& rule : rules) {
    tape_.putField(rule.name);
    if (const double* number = std::get_if<double>(&rule.value))
      tape_.put(detail::Op::real, *number);
    else
      tape_.putText(std::get<std::string_view>(rule.value));
  }
  return std::move(*this);
}

}  // namespace duramen::html

#include "duramen/html_tags.h"
