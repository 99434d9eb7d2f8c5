#include "flight/html_form_action.h"

#include "base/json.h"
#include "flight/reply_text.h"

namespace duramen::flight {

std::optional<FormActionFields> formActionFields(const Attribute& action, const References* references, int& forms) {
  if (action.op != detail::Op::action) return std::nullopt;
  detail::TapeReader reader = action.value;
  const auto boundCount = reader.get<std::uint8_t>();
  const auto idLength = reader.get<std::uint8_t>();
  reader.get<std::uint32_t>();
  const std::string id(reader.bytes(idLength));
  if (boundCount == 0) return FormActionFields{"$ACTION_ID_" + id, {}};
  const Sealer seal = [&](std::uint32_t position, std::string_view sealed) {
    if (!references) throw EncodeError("action " + id + " has a sealed argument, but there is no key");
    return references->seal(id, position, sealed);
  };
  const auto bound = replyText(reader, boundCount, seal);
  if (!bound || !isUtf8(id)) return std::nullopt;
  const std::string number = std::to_string(++forms);
  std::string reference = "{\"id\":";
  appendJsonText(reference, id);
  reference += ",\"bound\":\"$@1\"}";
  const std::string prefix = "$ACTION_" + number + ":";
  return FormActionFields{"$ACTION_REF_" + number, {{prefix + "0", std::move(reference)}, {prefix + "1", *bound}}};
}

void printHiddenField(std::string& fields, std::string_view name, std::optional<std::string_view> value) {
  Writer field{fields, 64};
  field.put(std::string_view{"<input type=\"hidden\" name=\""});
  printText(field, name);
  if (value) {
    field.put(std::string_view{"\" value=\""});
    printText(field, *value);
  }
  field.put(std::string_view{"\"/>"});
}

}  // namespace duramen::flight
