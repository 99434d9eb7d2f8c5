#include "flight/form_post.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/json.h"

namespace duramen::flight {
namespace {

constexpr std::string_view idPrefix = "$ACTION_ID_";
constexpr std::string_view referencePrefix = "$ACTION_REF_";
constexpr std::string_view anyPrefix = "$ACTION_";

std::unexpected<ReplyError> wrong(std::string what) { return std::unexpected(ReplyError{"form", std::move(what)}); }

bool isUrlEncoded(std::string_view contentType) {
  const std::string_view type = contentType.substr(0, contentType.find(';'));
  return equalIgnoringCase(type, "application/x-www-form-urlencoded");
}

const Part* partNamed(const std::vector<Part>& parts, std::string_view name) {
  const auto at = std::ranges::find(parts, name, &Part::name);
  return at == parts.end() ? nullptr : &*at;
}

// The id in the part that names an action with bound arguments; empty if it is none.
std::string idIn(const Part* root) {
  const auto reference = root ? parseJson(root->data, {.nodes = 1000}) : std::expected<Value, JsonError>{Value{}};
  const auto* object = reference ? valueAs<Value::Object>(&*reference) : nullptr;
  const auto* id = object ? valueAs<std::string>(detail::findField(*object, "id")) : nullptr;
  return id ? *id : std::string{};
}

std::expected<std::vector<Part>, ReplyError> partsOf(const SharedBytes& body, std::string_view contentType) {
  const auto boundary = multipartBoundary(contentType);
  if (!boundary) return wrong("expected multipart/form-data with a boundary");
  auto parts = parseMultipart(body, *boundary);
  if (!parts) return wrong("multipart/form-data, " + describe(parts.error()));
  return std::move(*parts);
}

}  // namespace

bool isFormType(std::string_view contentType) { return multipartBoundary(contentType).has_value(); }

std::expected<FormPost, ReplyError> FormPost::of(const SharedBytes& body, std::string_view contentType) {
  if (isUrlEncoded(contentType)) return wrong("expected multipart/form-data: give the form this encType");
  auto parts = partsOf(body, contentType);
  if (!parts) return std::unexpected(std::move(parts.error()));
  FormPost post;
  std::string boundPrefix;
  std::string formPrefix;
  bool namesForm = true;  // the first one is the form's
  // The last one counts: that of the button which was pressed, if it has an action of its own, stands after its form's.
  for (Part& part : *parts) {
    const std::string_view field = part.name;
    if (field.starts_with(idPrefix)) {
      post.action_ = field.substr(idPrefix.size());
      boundPrefix.clear();
      if (std::exchange(namesForm, false)) post.formAction_ = post.action_;
    } else if (field.starts_with(referencePrefix)) {
      boundPrefix = std::string(anyPrefix).append(field.substr(referencePrefix.size())) + ":";
      if (std::exchange(namesForm, false)) formPrefix = boundPrefix;
    } else if (!field.starts_with(anyPrefix)) {
      post.fields_.push_back(std::move(part));
    }
  }
  if (!formPrefix.empty()) {
    post.formAction_ = idIn(partNamed(*parts, formPrefix + "0"));
    if (const Part* const bound = partNamed(*parts, formPrefix + "1")) post.formBound_ = std::string(bound->data);
  }
  if (boundPrefix.empty()) {
    if (post.action_.empty()) return wrong("expected a field that names its action");
    return post;
  }
  for (Part& part : *parts)
    if (part.name.starts_with(boundPrefix)) {
      part.name.erase(0, boundPrefix.size());
      post.bound_.push_back(std::move(part));
    }
  post.action_ = idIn(partNamed(post.bound_, "0"));
  if (post.action_.empty()) return wrong("expected a part that names the action");
  return post;
}

FormPost FormPost::withoutFiles(std::size_t most) const {
  FormPost copy;
  copy.action_ = action_;
  copy.formAction_ = formAction_;
  copy.formBound_ = formBound_;
  std::size_t bytes = 0;
  for (const auto& [from, to] : {std::pair{&bound_, &copy.bound_}, std::pair{&fields_, &copy.fields_}})
    for (const Part& part : *from) {
      if (part.isFile) continue;
      bytes += part.name.size() + part.data.size();
      if (bytes > most) return copy;
      to->push_back({.name = part.name, .data = std::string(part.data), .isFile = false, .filename = {}, .type = {}});
    }
  return copy;
}

PostedForm FormPost::form() const {
  PostedForm form{.action = formAction_, .bound = std::nullopt, .fields = {}};
  if (formBound_) form.bound = *formBound_;
  for (const Part& field : fields_)
    if (!field.isFile) form.fields.emplace_back(field.name, std::string_view{field.data});
  return form;
}

std::optional<std::string_view> FormPost::boundText() const {
  const Part* const bound = bound_.size() == 2 ? partNamed(bound_, "1") : nullptr;
  if (!bound) return std::nullopt;
  return std::string_view{bound->data};
}

Arguments FormPost::arguments(const ReplyLimits& limits) const {
  std::vector<Value> arguments;
  if (!bound_.empty()) {
    const auto reference = decodeReply(bound_, limits);
    if (!reference) return std::unexpected(reference.error());
    const auto* object = valueAs<Value::Object>(&*reference);
    const auto* bound = object ? valueAs<Value::List>(detail::settled(detail::findField(*object, "bound"))) : nullptr;
    if (!bound) return wrong("expected a list of bound arguments");
    arguments = *bound;
  }
  FormData form;
  for (const Part& field : fields_) {
    if (field.isFile)
      form.append(field.name, File{field.filename, field.type, field.data});
    else
      form.append(field.name, std::string(field.data));
  }
  arguments.push_back(Value{std::move(form)});
  return arguments;
}

}  // namespace duramen::flight
