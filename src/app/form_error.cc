#include "duramen/form_error.h"

#include "duramen/html.h"

namespace duramen {

std::string_view FormError::message() const {
  if (!failure_) return {};
  failure_->shown = true;
  return failure_->message;
}

std::string_view FormError::messageFor(std::string_view field) const {
  if (!failure_) return {};
  const bool isOwn = field == failure_->field || (field.empty() && failure_->withoutFields);
  return isOwn ? message() : std::string_view{};
}

Node detail::FormErrorText::html(const FormErrorText& text) {
  return html::span.role("alert")
      .data("duramen-error", text.field.value_or(""))
      .hidden(!text.message)(text.message.value_or(""));
}

Node html::formError(const FormError& error, std::string_view field) {
  detail::FormErrorText text;
  if (!field.empty()) text.field = field;
  if (const std::string_view message = error.messageFor(field); !message.empty()) text.message = message;
  return text;
}

}  // namespace duramen
