#pragma once
// A form whose action is one of the server, without scripts: it is posted to the page that it stands on, with fields
// that name the action, as React prints them (docs/flight.md, D5; read by form_post.h).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flight/encode.h"
#include "flight/html_attributes.h"

namespace duramen::flight {

struct FormActionFields {
  std::string name;                                       // names the action
  std::vector<std::pair<std::string, std::string>> data;  // its bound arguments
};

// `action` is the value of an attribute. `forms` counts those with bound arguments, whose fields are numbered. Nothing
// for a function that only the browser can call. Throws EncodeError for a sealed argument without a key.
std::optional<FormActionFields> formActionFields(const Attribute& action, const References* references, int& forms);

// <input type="hidden">, at the end of `fields`.
void printHiddenField(std::string& fields, std::string_view name, std::optional<std::string_view> value = std::nullopt);

}  // namespace duramen::flight
