#pragma once
// Why a form was not done, beside the form, with and without scripts:
//
//   html::form.action(logInAction)(
//       html::label("Name ", html::input.name("name"), html::formError(ctx.errorOf(logInAction), "name")),
//       html::button("Log in"), html::formError(ctx.errorOf(logInAction)))
//
// Without scripts a form's POST whose action failed is answered with the same page, in which errorOf() gives the
// failure, and the fields of the form hold what was typed. With scripts the page stays as it is, and the element that
// formError makes shows the failure of its form. A form without one has its failures shown at its end, with scripts;
// without, on a page of their own.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "duramen/client.h"

namespace duramen {

namespace detail {

// The failure that a page is to show, and whether it did.
struct FormFailure {
  std::function<bool(std::string_view action, const Tape* bound, std::uint8_t boundCount)> isOf = {};
  std::string message = {};
  std::string field = {};
  bool withoutFields = false;  // no element shows what is wrong with `field`
  bool shown = false;
};

}  // namespace detail

// What Context::errorOf gives. REQUIRES: the context outlives it.
class FormError {
 public:
  FormError() = default;
  explicit FormError(detail::FormFailure* failure) : failure_(failure) {}
  // Whether the form's action has failed.
  explicit operator bool() const { return failure_ != nullptr; }
  // For the person, as the action's ActionError says it; empty if it has not failed.
  std::string_view message() const;
  // The field that is wrong, as the ActionError names it; empty: none in particular.
  std::string_view field() const { return failure_ ? std::string_view{failure_->field} : std::string_view{}; }
  // What an element shows that is for this field, or with an empty name for all that have no element.
  std::string_view messageFor(std::string_view field) const;

 private:
  detail::FormFailure* failure_ = nullptr;
};

namespace detail {

// What formError makes. In the browser it is the library's own component (client/src/form_error.tsx).
struct FormErrorText {
  static constexpr ClientModule module{"duramen/client", "FormErrorText"};
  std::optional<std::string> field;
  std::optional<std::string> message;
  static Node html(const FormErrorText& text);
};

}  // namespace detail

namespace html {

// An element that stands in the form and shows why it was not done: with a field, what is wrong with that; without,
// all that no other such element of the form shows. It is <span role="alert" data-duramen-error="field">, hidden while
// there is nothing to say.
Node formError(const FormError& error, std::string_view field = {});

}  // namespace html
}  // namespace duramen
