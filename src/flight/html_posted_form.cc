#include "flight/html_posted_form.h"

#include <algorithm>

#include "base/json.h"

namespace duramen::flight {
namespace {

bool isForm(const FormActionFields& form, const PostedForm& posted) {
  if (form.data.empty()) return !posted.bound && form.name == "$ACTION_ID_" + std::string(posted.action);
  std::string reference = "{\"id\":";
  appendJsonText(reference, posted.action);
  return posted.bound && form.data.size() == 2 && form.data[0].second.starts_with(reference + ",") &&
         form.data[1].second == *posted.bound;
}

}  // namespace

void TypedFields::enterForm(const FormActionFields& form) {
  if (!posted_ || found_ || !isForm(form, *posted_)) return;
  found_ = inForm_ = true;
}

std::optional<std::string_view> TypedFields::take(std::string_view name) {
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (taken_[i] || posted_->fields[i].first != name) continue;
    taken_[i] = true;
    return posted_->fields[i].second;
  }
  return std::nullopt;
}

bool TypedFields::has(std::string_view name, std::string_view value) const {
  return std::ranges::find(posted_->fields, std::pair{name, value}) != posted_->fields.end();
}

std::vector<std::string> TypedFields::takeAll(std::string_view name) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (taken_[i] || posted_->fields[i].first != name) continue;
    taken_[i] = true;
    all.emplace_back(posted_->fields[i].second);
  }
  return all;
}

}  // namespace duramen::flight
