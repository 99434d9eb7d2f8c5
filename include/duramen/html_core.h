#pragma once
// What every element takes beside its attributes: key, data-*, aria-*, style and raw HTML. The attributes themselves
// are generated (html_attributes.h).

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <string_view>
#include <variant>

#include "duramen/node.h"

namespace duramen::html {

// Not constexpr: what the compiler names when a name below is wrong.
void aDataAttributeIsNamedInLowerCaseWithDashes();
void thereIsNoSuchAriaAttribute();

inline constexpr std::string_view ariaNames[] = {"activedescendant",
                                                 "atomic",
                                                 "autocomplete",
                                                 "braillelabel",
                                                 "brailleroledescription",
                                                 "busy",
                                                 "checked",
                                                 "colcount",
                                                 "colindex",
                                                 "colindextext",
                                                 "colspan",
                                                 "controls",
                                                 "current",
                                                 "describedby",
                                                 "description",
                                                 "details",
                                                 "disabled",
                                                 "dropeffect",
                                                 "errormessage",
                                                 "expanded",
                                                 "flowto",
                                                 "grabbed",
                                                 "haspopup",
                                                 "hidden",
                                                 "invalid",
                                                 "keyshortcuts",
                                                 "label",
                                                 "labelledby",
                                                 "level",
                                                 "live",
                                                 "modal",
                                                 "multiline",
                                                 "multiselectable",
                                                 "orientation",
                                                 "owns",
                                                 "placeholder",
                                                 "posinset",
                                                 "pressed",
                                                 "readonly",
                                                 "relevant",
                                                 "required",
                                                 "roledescription",
                                                 "rowcount",
                                                 "rowindex",
                                                 "rowindextext",
                                                 "rowspan",
                                                 "selected",
                                                 "setsize",
                                                 "sort",
                                                 "valuemax",
                                                 "valuemin",
                                                 "valuenow",
                                                 "valuetext"};

// The rest of an attribute's name after "data-" or "aria-", checked while compiling.
struct DataName {
  std::string_view text;
  consteval DataName(const char* name) : text(name) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    if (text.empty() || text.size() > 200 || !std::ranges::all_of(text, fits))
      aDataAttributeIsNamedInLowerCaseWithDashes();
  }
};
struct AriaName {
  std::string_view text;
  consteval AriaName(const char* name) : text(name) {
    if (std::ranges::find(ariaNames, text) == std::end(ariaNames)) thereIsNoSuchAriaAttribute();
  }
};

// A bool and nothing that merely converts to one, such as text.
struct Flag {
  template <std::same_as<bool> B>
  constexpr Flag(B on) : value(on) {}
  bool value;
};

// One declaration of a style: {"color", "red"} or {"width", 12}; names, and the unit of a number, as in React.
struct StyleRule {
  StyleRule(std::string_view n, std::string_view text) : name(n), value(text) {}
  StyleRule(std::string_view n, const char* text) : name(n), value(std::string_view{text}) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  StyleRule(std::string_view n, T number) : name(n), value(static_cast<double>(number)) {}
  std::string_view name;
  std::variant<std::string_view, double> value;
};

// Self is Element<...> or Open<...>, Next is Open<...>.
template <class Self, class Next>
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): only Element and Open derive from it
struct EveryElement {
  static constexpr bool mayHaveChildren = true;

  // Among its siblings; keeps an element's state in the browser when they move.
  Next key(const Text& value) && { return opened().setKey(value); }
  Next key(const Text& value) const& { return begun().setKey(value); }
  Next data(DataName name, const Text& value) && { return opened().setCustom("data-", name.text, value); }
  Next data(DataName name, const Text& value) const& { return begun().setCustom("data-", name.text, value); }
  Next data(DataName name, Flag value) && { return opened().setCustom("data-", name.text, value); }
  Next data(DataName name, Flag value) const& { return begun().setCustom("data-", name.text, value); }
  Next aria(AriaName name, const Text& value) && { return opened().setCustom("aria-", name.text, value); }
  Next aria(AriaName name, const Text& value) const& { return begun().setCustom("aria-", name.text, value); }
  Next aria(AriaName name, Flag value) && { return opened().setCustom("aria-", name.text, value); }
  Next aria(AriaName name, Flag value) const& { return begun().setCustom("aria-", name.text, value); }
  Next style(std::initializer_list<StyleRule> rules) && { return opened().setStyle(rules); }
  Next style(std::initializer_list<StyleRule> rules) const& { return begun().setStyle(rules); }
  // In place of children, written as it is: for a script or a style of the document. Never text of a user.
  Next dangerouslySetInnerHTML(std::string_view raw) && { return opened().setRaw(raw); }
  Next dangerouslySetInnerHTML(std::string_view raw) const& { return begun().setRaw(raw); }

  template <class... Any>
  Next onClick(Any&&...) const {
    return event<Any...>();
  }
  template <class... Any>
  Next onChange(Any&&...) const {
    return event<Any...>();
  }
  template <class... Any>
  Next onInput(Any&&...) const {
    return event<Any...>();
  }
  template <class... Any>
  Next onSubmit(Any&&...) const {
    return event<Any...>();
  }

 protected:
  Next&& opened() { return static_cast<Next&&>(*this); }
  Next begun() const { return Next{static_cast<const Self&>(*this)}; }

 private:
  template <class... Any>
  Next event() const {
    constexpr bool onServer = sizeof...(Any) > 1000;
    static_assert(onServer, "an event belongs to a client component: elements have none");
    return begun();
  }
};

}  // namespace duramen::html
