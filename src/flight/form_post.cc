#include "flight/form_post.h"

#include <algorithm>

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
  // The last one counts: that of the button which was pressed, if it has an action of its own, stands after its form's.
  for (Part& part : *parts) {
    const std::string_view field = part.name;
    if (field.starts_with(idPrefix)) {
      post.action_ = field.substr(idPrefix.size());
      boundPrefix.clear();
    } else if (field.starts_with(referencePrefix)) {
      boundPrefix = std::string(anyPrefix).append(field.substr(referencePrefix.size())) + ":";
    } else if (!field.starts_with(anyPrefix)) {
      post.fields_.push_back(std::move(part));
    }
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
  const Part* const root = [&]() -> const Part* {
    const auto at = std::ranges::find(post.bound_, "0", &Part::name);
    return at == post.bound_.end() ? nullptr : &*at;
  }();
  const auto reference = root ? parseJson(root->data, {.nodes = 1000}) : std::expected<Value, JsonError>{Value{}};
  const auto* object = reference ? valueAs<Value::Object>(&*reference) : nullptr;
  const auto* id = object ? valueAs<std::string>(detail::findField(*object, "id")) : nullptr;
  if (!id || id->empty()) return wrong("expected a part that names the action");
  post.action_ = *id;
  return post;
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
