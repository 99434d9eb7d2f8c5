#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "flight/html_form_action.h"
#include "flight/html_printer.h"

namespace duramen::flight {
namespace {

std::span<const Attr> putLast(std::optional<Tag> tag) {
  static constexpr std::array ofControl{Attr::name, Attr::formAction, Attr::formEncType, Attr::formMethod,
                                        Attr::formTarget};
  static constexpr std::array ofForm{Attr::action, Attr::encType, Attr::method, Attr::target};
  if (tag == Tag::input || tag == Tag::button) return ofControl;
  if (tag == Tag::form) return ofForm;
  return {};
}

// Attributes of React's that print in another way than as attributes.
bool isContent(std::optional<Tag> tag, Attr attr) {
  if (attr == Attr::value) return tag == Tag::textarea || tag == Tag::select || tag == Tag::input;
  return (attr == Attr::checked && tag == Tag::input) || (attr == Attr::selected && tag == Tag::option);
}

}  // namespace

void HtmlPrinter::hoistedStyleAttributes() {
  printAttribute(*out_, "data-precedence", *attributes_.find(Attr::precedence));
  printAttribute(*out_, "data-href", *attributes_.find(Attr::href));
}

// In the order of the props, but for the few that React puts last.
void HtmlPrinter::attributes(const Header& header) {
  const auto last = putLast(header.tag);
  const bool isHoistedLink = inHead_ && isStyleSheet(header.tag);
  for (const Attribute& attribute : attributes_) {
    if (attribute.attr &&
        (std::ranges::find(last, *attribute.attr) != last.end() || isContent(header.tag, *attribute.attr) ||
         (isHoistedLink && attribute.attr == Attr::precedence)))
      continue;
    printAttribute(*out_, header.tag, attribute);
  }
  if (!formAction(header.tag))
    for (const Attr attr : last)
      if (const Attribute* const attribute = attributes_.find(attr)) printAttribute(*out_, header.tag, *attribute);
  if (header.tag == Tag::input) inputState();
  if (header.tag == Tag::option) optionState(header.children, header.count);
  if (isHoistedLink)
    if (const Attribute* const precedence = attributes_.find(Attr::precedence))
      printAttribute(*out_, "data-precedence", *precedence);
}

// An action of the server in the place of a URL.
bool HtmlPrinter::formAction(std::optional<Tag> tag) {
  const bool isForm = tag == Tag::form;
  if (!isForm && tag != Tag::button && tag != Tag::input) return false;
  const Attribute* const attribute = attributes_.find(isForm ? Attr::action : Attr::formAction);
  if (!attribute || (attribute->op != Op::action && attribute->op != Op::failed)) return false;
  const std::optional<FormActionFields> fields = formActionFields(*attribute, references_, forms_);
  if (!fields) {
    out_->put(isForm ? std::string_view{" action"} : std::string_view{" formAction"});
    out_->put(std::string_view{"=\"javascript:throw new Error(&#x27;React form unexpectedly submitted.&#x27;)\""});
  } else if (isForm) {
    out_->put(std::string_view{" action=\"\" encType=\"multipart/form-data\" method=\"POST\""});
    printHiddenField(formFields_, fields->name);
    typed_.enterForm(*fields);
  } else {
    out_->put(std::string_view{" name=\""});
    printText(*out_, fields->name);
    out_->put(std::string_view{"\" formAction=\"\" formEncType=\"multipart/form-data\" formMethod=\"POST\""});
  }
  if (fields)
    for (const auto& [name, value] : fields->data) printHiddenField(formFields_, name, value);
  return true;
}

const Attribute* HtmlPrinter::either(Attr first, Attr second) const {
  const Attribute* const attribute = attributes_.find(first);
  return attribute && attribute->op != Op::null && attribute->op != Op::undefined ? attribute
                                                                                  : attributes_.find(second);
}

// Of a field into which somebody has typed. A password is not sent back, nor what the server itself gave.
bool HtmlPrinter::typedInputState() {
  const std::string_view name = attributes_.textOf(Attr::name);
  if (!typed_.inForm() || name.empty()) return false;
  const std::string_view type = attributes_.textOf(Attr::type);
  const auto is = [&](std::string_view word) { return equalIgnoringCase(type, word); };
  if (is("checkbox") || is("radio")) {
    const Attribute* const value = either(Attr::value, Attr::defaultValue);
    const std::string own = value ? std::string(Spelled{value->op, value->value}.view()) : "on";
    if (typed_.has(name, own)) out_->put(std::string_view{" checked=\"\""});
    if (value) printAttribute(*out_, "value", *value);
    return true;
  }
  for (const std::string_view other : {"password", "file", "hidden", "submit", "button", "image", "reset"})
    if (is(other)) return false;
  const auto text = typed_.take(name);
  if (!text || !isUtf8(*text)) return false;
  out_->put(std::string_view{" value=\""});
  printText(*out_, *text);
  out_->put('"');
  return true;
}

void HtmlPrinter::inputState() {
  if (typedInputState()) return;
  if (const Attribute* const checked = either(Attr::checked, Attr::defaultChecked);
      checked && isTrue(checked->op, checked->value))
    out_->put(std::string_view{" checked=\"\""});
  if (const Attribute* const value = either(Attr::value, Attr::defaultValue)) printAttribute(*out_, "value", *value);
}

// An option is selected by the value of its select, if that has one.
void HtmlPrinter::optionState(TapeReader children, std::uint32_t count) {
  const Attribute* const selected = attributes_.find(Attr::selected);
  bool is = selected && isTrue(selected->op, selected->value);
  if (selectedValues_) {
    const Attribute* const value = attributes_.find(Attr::value);
    std::string own;
    if (value && value->op != Op::null && value->op != Op::undefined)
      appendString(own, value->op, value->value);
    else
      own = plainText(children, count);
    is = std::ranges::find(*selectedValues_, own) != selectedValues_->end();
  }
  if (is) out_->put(std::string_view{" selected=\"\""});
}

bool HtmlPrinter::isStyleSheet(std::optional<Tag> tag) const {
  return tag == Tag::link && attributes_.textOf(Attr::rel) == "stylesheet" && attributes_.find(Attr::precedence);
}

}  // namespace duramen::flight
