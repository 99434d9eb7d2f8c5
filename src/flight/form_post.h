#pragma once
// What a browser without scripts posts for a form whose action is the server's: the form's fields, and beside them the
// hidden ones that name the action (React's progressive enhancement; html_form_action.h prints them). "$ACTION_ID_save"
// names an action; "$ACTION_REF_1" one whose bound arguments are a reply in the parts "$ACTION_1:0", "$ACTION_1:1".

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "flight/encode.h"
#include "flight/reply.h"

namespace duramen::flight {

class FormPost {
 public:
  // Of multipart/form-data, as which such a form is posted. Shares `body`. The error says what was expected: also
  // where no field names an action. Of two that name one the last counts.
  static std::expected<FormPost, ReplyError> of(const SharedBytes& body, std::string_view contentType);

  const std::string& action() const { return action_; }
  // The bound arguments, then the form's fields as FormData.
  Arguments arguments(const ReplyLimits& limits = {}) const;
  // A copy of its texts, which shares nothing with the body; without the fields if those have more than `most` bytes.
  FormPost withoutFiles(std::size_t most) const;
  // The form itself: also where the button that was pressed has an action of its own. Points into this.
  PostedForm form() const;
  // The bound arguments as the form carried them, in one text; nothing if there are none, or they are in several parts.
  std::optional<std::string_view> boundText() const;

 private:
  std::vector<Part> fields_;  // of the form
  std::vector<Part> bound_;   // parts of a reply, {id, bound}
  std::string action_;
  std::string formAction_;
  std::optional<std::string> formBound_;
};

// Whether a body of this type is what a form posts.
bool isFormType(std::string_view contentType);

}  // namespace duramen::flight
