#pragma once
// What was typed into a form that was posted, for the form to hold it when its page is printed again.

#include <optional>
#include <string_view>
#include <vector>

#include "flight/encode.h"
#include "flight/html_form_action.h"

namespace duramen::flight {

class TypedFields {
 public:
  TypedFields() = default;
  // Null: nothing was posted. REQUIRES: `posted` outlives it.
  explicit TypedFields(const PostedForm* posted) : posted_(posted), taken_(posted ? posted->fields.size() : 0) {}

  // A form begins, whose hidden fields are these. The first that is the posted one gets what was typed.
  void enterForm(const FormActionFields& form);
  void leaveForm() { inForm_ = false; }
  bool inForm() const { return inForm_; }

  // The next text of this name; nothing if none was posted, as of a field that is disabled.
  std::optional<std::string_view> take(std::string_view name);
  bool has(std::string_view name, std::string_view value) const;
  // All of a select's.
  std::vector<std::string> takeAll(std::string_view name);

 private:
  const PostedForm* posted_ = nullptr;
  std::vector<bool> taken_;
  bool inForm_ = false;
  bool found_ = false;
};

}  // namespace duramen::flight
