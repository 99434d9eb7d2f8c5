#include "testing/controls.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "base/ascii.h"
#include "flight/html_form_action.h"

namespace duramen::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

bool isComponent(const Element& element) { return element.type.find('#') != std::string::npos; }

const Value* prop(const Element& element, std::string_view name) {
  const auto* const props = std::get_if<Value::Object>(&element.props.is);
  return props ? detail::findField(*props, name) : nullptr;
}

bool isAbsent(const Value* value) {
  return !value || std::holds_alternative<std::nullptr_t>(value->is) || std::holds_alternative<Undefined>(value->is);
}

std::string spelled(const Value* value) {
  if (const auto* const text = valueAs<std::string>(value)) return *text;
  if (const auto* const whole = valueAs<std::int64_t>(value)) return std::to_string(*whole);
  if (const auto* const yes = valueAs<bool>(value)) return *yes ? "true" : "false";
  const auto* const real = valueAs<double>(value);
  if (!real) return {};
  char digits[32];
  return {digits, detail::writeNumber(digits, *real)};
}

std::string textProp(const Element& element, std::string_view name) { return spelled(prop(element, name)); }

// The first of two props that is there: what React shows at first.
const Value* either(const Element& element, std::string_view first, std::string_view second) {
  const Value* const value = prop(element, first);
  return isAbsent(value) ? prop(element, second) : value;
}

bool isTrue(const Value* value) {
  if (isAbsent(value)) return false;
  if (const auto* const yes = valueAs<bool>(value)) return *yes;
  if (const auto* const text = valueAs<std::string>(value)) return !text->empty();
  if (const auto* const whole = valueAs<std::int64_t>(value)) return *whole != 0;
  return true;
}
bool hasFlag(const Element& element, std::string_view name) { return isTrue(prop(element, name)); }

// Of an input or a button.
std::string kindOf(const Element& element) {
  const std::string type = textProp(element, "type");
  if (element.type == "button") return type == "button" || type == "reset" ? type : "submit";
  if (element.type != "input") return element.type;
  return type.empty() ? "text" : asciiLowered(type);
}
bool isButton(const Element& element) {
  if (element.type == "button") return true;
  const std::string kind = element.type == "input" ? kindOf(element) : std::string{};
  return kind == "submit" || kind == "image" || kind == "button" || kind == "reset";
}
bool sendsForm(const Element& element) {
  const std::string kind = kindOf(element);
  return isButton(element) && (kind == "submit" || kind == "image");
}
bool isLink(const Element& element) { return element.type == "a" && !isAbsent(prop(element, "href")); }
bool isField(const Element& element) {
  return element.type == "textarea" || element.type == "select" || (element.type == "input" && !isButton(element));
}

// Whether its values are given, and one of them is chosen.
bool isChosen(const Element& field) {
  const std::string kind = kindOf(field);
  return kind == "checkbox" || kind == "radio" || kind == "select";
}

const ServerReference* actionOf(const Element& form) { return valueAs<ServerReference>(prop(form, "action")); }
const ServerReference* actionOfButton(const Element& button) {
  return valueAs<ServerReference>(prop(button, "formAction"));
}

// Without spaces around it, and with one between words.
std::string collapsed(std::string_view text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    const bool isSpace = c == ' ' || (c >= '\t' && c <= '\r');
    if (!isSpace && space && !out.empty()) out += ' ';
    if (!isSpace) out += c;
    space = isSpace;
  }
  return out;
}

std::string listed(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& each : all) out += (out.empty() ? "" : ", ") + each;
  return out.empty() ? "none" : out;
}
std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }
std::vector<std::string> quoted(std::vector<std::string> all) {
  for (std::string& each : all) each = quoted(std::string_view{each});
  return all;
}

// Line ends as forms send them (HTML, "constructing the entry list").
std::string withLineEnds(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    if (text[i] == '\r' || text[i] == '\n')
      out += "\r\n";
    else
      out += text[i];
  }
  return out;
}

std::string escapedName(std::string_view name) {
  std::string out;
  for (const char c : withLineEnds(name))
    out += c == '"' ? "%22" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : std::string(1, c);
  return out;
}

// As multipart/form-data (RFC 7578).
void encode(const Controls::Fields& fields, Press& press) {
  const auto holds = [&](std::string_view boundary) {
    return std::ranges::any_of(fields, [&](const FormData::Entry& entry) {
      const auto* const text = std::get_if<std::string>(&entry.value);
      return (text ? std::string_view{*text} : std::string_view{std::get<File>(entry.value).bytes}).contains(boundary);
    });
  };
  std::string boundary = "FormOfATestReader";
  while (holds(boundary)) boundary += 'X';
  for (const FormData::Entry& entry : fields) {
    press.body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"", boundary, escapedName(entry.name));
    if (const auto* const text = std::get_if<std::string>(&entry.value)) {
      press.body += "\r\n\r\n" + withLineEnds(*text);
    } else {
      const File& file = std::get<File>(entry.value);
      press.body += fmt::format("; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n", escapedName(file.name),
                                file.type.empty() ? "application/octet-stream" : file.type);
      press.body += std::string_view{file.bytes};
    }
    press.body += "\r\n";
  }
  press.body += "--" + boundary + "--\r\n";
  press.contentType = "multipart/form-data; boundary=" + boundary;
}

// As application/x-www-form-urlencoded.
std::string queryOf(const Controls::Fields& fields) {
  std::string query;
  const auto append = [&](std::string_view text) {
    for (const char c : withLineEnds(text)) {
      if (isLetter(c) || isDigit(c) || std::string_view{"*-._"}.contains(c))
        query += c;
      else
        query += c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  };
  for (const FormData::Entry& entry : fields) {
    if (!query.empty()) query += '&';
    append(entry.name);
    query += '=';
    const auto* const text = std::get_if<std::string>(&entry.value);
    append(text ? *text : std::get<File>(entry.value).name);
  }
  return query;
}

// The fields that name an action, as the library prints them.
flight::FormActionFields fieldsOf(const ServerReference& action, int& forms) {
  detail::Tape tape;
  detail::appendValue(tape, Value{action});
  detail::TapeReader reader{tape};
  const detail::Op op = reader.next();
  auto fields = flight::formActionFields({.attr = {}, .customName = {}, .op = op, .value = reader}, nullptr, forms);
  if (!fields) fail("the form calls " + action.id + " with an argument that only a script can send");
  return std::move(*fields);
}

}  // namespace

Controls::Controls(const Payload& page) : page_(page) {
  walk(page.node, {});
  for (Control& control : controls_) {
    const std::string id = textProp(*control.element, "form");
    if (id.empty()) continue;
    const auto at = std::ranges::find_if(forms_, [&](const Element* form) { return textProp(*form, "id") == id; });
    control.form = at == forms_.end() ? nullptr : *at;
  }
}

void Controls::walk(const Value& node, Inside inside) {
  if (const auto* const list = valueAs<Value::List>(&node))
    for (const Value& each : *list) walk(each, inside);
  else if (const Element* const element = page_.elementAt(node))
    walk(*element, inside);
}

void Controls::walk(const Element& element, Inside inside) {
  if (isComponent(element)) {
    if (inside.form) withComponents_.push_back(inside.form);
    return;
  }
  if (element.type == "form") {
    inside.form = &element;
    forms_.push_back(&element);
  }
  if (element.type == "fieldset") inside.disabled = inside.disabled || hasFlag(element, "disabled");
  if (isButton(element) || isLink(element) || isField(element))
    controls_.push_back({&element, inside.form, inside.disabled || hasFlag(element, "disabled")});
  if (const Value* const children = prop(element, "children")) walk(*children, inside);
}

std::string Controls::textOf(const Control& control) const {
  const Element& element = *control.element;
  std::string text = textProp(element, "aria-label");
  if (text.empty() && element.type != "input") text = page_.textOf(element);
  if (text.empty() && element.type == "input") {
    const Value* const value = either(element, "value", "defaultValue");
    text = isAbsent(value) ? textProp(element, "alt") : spelled(value);
    if (text.empty() && sendsForm(element)) text = "Submit";
  }
  return collapsed(text);
}

// For errors.
std::string Controls::everything() const {
  std::vector<std::string> all;
  for (const Control& control : controls_)
    if (!isField(*control.element))
      all.push_back((isLink(*control.element) ? "the link " : "the button ") + quoted(textOf(control)));
  return listed(all);
}

Press Controls::press(std::string_view text, const Fields& given) const {
  const std::string wanted = collapsed(text);
  std::vector<const Control*> found;
  for (const Control& control : controls_)
    if (!isField(*control.element) && textOf(control) == wanted) found.push_back(&control);
  if (found.empty()) fail(fmt::format("the page has no button and no link \"{}\"; it has: {}", wanted, everything()));
  if (found.size() > 1)
    fail(fmt::format("the page has {} buttons or links \"{}\": an aria-label would tell them apart, for people too",
                     found.size(), wanted));
  const Control& control = *found.front();
  const Element& element = *control.element;
  if (isLink(element)) {
    if (!given.empty()) fail(quoted(wanted) + " is a link: it sends no fields");
    return {.link = textProp(element, "href"), .body = {}, .contentType = {}};
  }
  if (control.disabled) fail(quoted(wanted) + " is disabled");
  if (!sendsForm(element)) fail(quoted(wanted) + " sends no form: what it does is a script's");
  if (!control.form) fail(quoted(wanted) + " stands in no form");
  return send(*control.form, &control, given);
}

Press Controls::submit(std::string_view action, const Fields& given) const {
  std::vector<std::pair<const Element*, const Control*>> found;
  std::vector<std::string> others;
  for (const Element* const form : forms_) {
    const ServerReference* const called = actionOf(*form);
    if (!called) continue;
    others.push_back(quoted(std::string_view{called->id}));
    if (called->id != action) continue;
    const Control* const button = firstButton(*form);
    if (button && button->disabled) fail(fmt::format("the button of the form for \"{}\" is disabled", action));
    found.emplace_back(form, button && actionOfButton(*button->element) ? nullptr : button);
  }
  for (const Control& control : controls_) {
    const ServerReference* const called = actionOfButton(*control.element);
    if (!called || !control.form) continue;
    others.push_back(quoted(std::string_view{called->id}));
    if (called->id == action && !control.disabled) found.emplace_back(control.form, &control);
  }
  if (found.empty()) fail(fmt::format("the page has no form for \"{}\"; it has forms for: {}", action, listed(others)));
  if (found.size() > 1)
    fail(fmt::format("the page has {} forms for \"{}\": click() the button of the one that is meant", found.size(),
                     action));
  return send(*found.front().first, found.front().second, given);
}

// The one that the Enter key presses.
const Controls::Control* Controls::firstButton(const Element& form) const {
  const auto at = std::ranges::find_if(
      controls_, [&](const Control& control) { return control.form == &form && sendsForm(*control.element); });
  return at == controls_.end() ? nullptr : &*at;
}

Press Controls::send(const Element& form, const Control* button, const Fields& given) const {
  const Fields sent = fields(form, button, given);
  const bool checked = !hasFlag(form, "noValidate") && !(button && hasFlag(*button->element, "formNoValidate"));
  if (checked) requireFilled(form, sent);

  const ServerReference* const ofForm = actionOf(form);
  const ServerReference* const ofButton = button ? actionOfButton(*button->element) : nullptr;
  Press press;
  if (ofForm || ofButton) {
    Fields all;
    int forms = 0;
    for (const ServerReference* const action : {ofForm, ofButton}) {
      if (!action) continue;
      const flight::FormActionFields naming = fieldsOf(*action, forms);
      all.push_back({naming.name, std::string{}});
      for (const auto& [name, value] : naming.data) all.push_back({name, value});
    }
    all.insert(all.end(), sent.begin(), sent.end());
    encode(all, press);
    return press;
  }
  const std::string target = button && !isAbsent(prop(*button->element, "formAction"))
                                 ? textProp(*button->element, "formAction")
                                 : textProp(form, "action");
  const std::string method = button && !isAbsent(prop(*button->element, "formMethod"))
                                 ? textProp(*button->element, "formMethod")
                                 : textProp(form, "method");
  if (!method.empty() && !equalIgnoringCase(method, "get"))
    fail(fmt::format("the form is sent to \"{}\" by {}, which is no action of this app", target, method));
  press.link = target.substr(0, std::min(target.find('?'), target.find('#'))) + "?" + queryOf(sent);
  return press;
}

// The values that a field could have, if it is chosen and not written.
std::vector<std::string> Controls::offered(const Control& control) const {
  const Element& element = *control.element;
  const std::string kind = kindOf(element);
  if (kind == "checkbox" || kind == "radio") {
    const Value* const value = either(element, "value", "defaultValue");
    return {isAbsent(value) ? "on" : spelled(value)};
  }
  std::vector<std::string> all;
  if (element.type != "select") return all;
  std::vector<const Element*> options;
  if (const Value* const children = prop(element, "children")) this->options(*children, options);
  for (const Element* const option : options)
    if (!hasFlag(*option, "disabled")) all.push_back(valueOfOption(*option));
  return all;
}

// What a field sends as the page shows it.
std::vector<std::string> Controls::chosen(const Control& control) const {
  const Element& element = *control.element;
  const std::string kind = kindOf(element);
  if (kind == "checkbox" || kind == "radio")
    return isTrue(either(element, "checked", "defaultChecked")) ? offered(control) : std::vector<std::string>{};
  const Value* const value = either(element, "value", "defaultValue");
  if (element.type == "select") {
    std::vector<std::string> values, all = offered(control);
    if (const auto* const list = valueAs<Value::List>(value)) {
      for (const Value& each : *list) values.push_back(spelled(&each));
    } else if (!isAbsent(value)) {
      values.push_back(spelled(value));
    } else {
      std::vector<const Element*> options;
      if (const Value* const children = prop(element, "children")) this->options(*children, options);
      for (const Element* const option : options)
        if (hasFlag(*option, "selected")) values.push_back(valueOfOption(*option));
    }
    std::erase_if(all, [&](const std::string& each) { return std::ranges::find(values, each) == values.end(); });
    // One of which none is chosen shows its first.
    if (all.empty() && !hasFlag(element, "multiple"))
      if (const auto options = offered(control); !options.empty()) return {options.front()};
    return all;
  }
  if (element.type == "textarea" && isAbsent(value)) return {page_.textOf(element)};
  return {spelled(value)};
}

std::string Controls::valueOfOption(const Element& option) const {
  const Value* const value = prop(option, "value");
  return isAbsent(value) ? collapsed(page_.textOf(option)) : spelled(value);
}

void Controls::options(const Value& node, std::vector<const Element*>& all) const {
  if (const auto* const list = valueAs<Value::List>(&node)) {
    for (const Value& each : *list) options(each, all);
  } else if (const Element* const element = page_.elementAt(node); element && !isComponent(*element)) {
    if (element->type == "option")
      all.push_back(element);
    else if (const Value* const children = prop(*element, "children"))
      options(*children, all);
  }
}

// The entries that the form sends: what is shown, but for the fields that the test fills in.
Controls::Fields Controls::fields(const Element& form, const Control* button, const Fields& given) const {
  const auto isGiven = [&](std::string_view name) {
    return std::ranges::find(given, name, &FormData::Entry::name) != given.end();
  };
  Fields sent;
  std::vector<std::string> names;
  for (const Control& control : controls_) {
    const Element& element = *control.element;
    const std::string name = textProp(element, "name");
    if (control.form != &form || control.disabled || name.empty() || isLink(element)) continue;
    if (isButton(element)) {
      if (&control == button && !actionOfButton(element) && kindOf(element) != "image")
        sent.push_back({name, spelled(either(element, "value", "defaultValue"))});
      continue;
    }
    const bool isFirst = std::ranges::find(names, name) == names.end();
    if (isFirst) names.push_back(name);
    if (!isGiven(name)) {
      if (kindOf(element) == "file")
        sent.push_back({name, File{{}, "application/octet-stream", {}}});
      else
        for (std::string& value : chosen(control)) sent.push_back({name, std::move(value)});
    } else if (isFirst) {
      for (const FormData::Entry& entry : given)
        if (entry.name == name && takes(form, control, entry)) sent.push_back(entry);
    }
  }
  const bool allKnown = std::ranges::find(withComponents_, &form) == withComponents_.end();
  for (const FormData::Entry& entry : given) {
    if (std::ranges::find(names, entry.name) != names.end()) continue;
    if (!allKnown)
      sent.push_back(entry);  // a component's
    else
      fail(fmt::format("the form has no field \"{}\"; it has: {}", entry.name, listed(quoted(std::move(names)))));
  }
  return sent;
}

// Whether the form sends `entry` for the fields of its name, of which `control` is the first; throws if it cannot.
bool Controls::takes(const Element& form, const Control& control, const FormData::Entry& entry) const {
  const auto* const text = std::get_if<std::string>(&entry.value);
  const bool takesFile = kindOf(*control.element) == "file";
  if (text && takesFile) fail(fmt::format("the field \"{}\" takes a File", entry.name));
  if (!text && !takesFile) fail(fmt::format("the field \"{}\" takes no File", entry.name));
  if (!isChosen(*control.element)) return true;
  std::vector<std::string> all;
  for (const Control& each : controls_)
    if (each.form == &form && !each.disabled && textProp(*each.element, "name") == entry.name)
      for (std::string& value : offered(each)) all.push_back(std::move(value));
  if (std::ranges::find(all, *text) != all.end()) return true;
  if (text->empty()) return false;  // nothing is chosen
  fail(fmt::format("the field \"{}\" has no \"{}\" to choose; it has: {}", entry.name, *text,
                   listed(quoted(std::move(all)))));
}

// A browser sends no form of which a required field is empty.
void Controls::requireFilled(const Element& form, const Fields& sent) const {
  for (const Control& control : controls_) {
    if (control.form != &form || control.disabled || !isField(*control.element)) continue;
    if (!hasFlag(*control.element, "required") || kindOf(*control.element) == "hidden") continue;
    const std::string name = textProp(*control.element, "name");
    const bool filled = std::ranges::any_of(sent, [&](const FormData::Entry& entry) {
      const auto* const text = std::get_if<std::string>(&entry.value);
      return entry.name == name && (text ? !text->empty() : !std::get<File>(entry.value).name.empty());
    });
    if (!filled && !name.empty())
      fail(fmt::format("a browser does not send the form: its field \"{}\" is required", name));
  }
}

}  // namespace duramen::test
