#include "flight/html_attributes.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "flight/html_rules.h"

namespace duramen::flight {
namespace {

using detail::Op;
using detail::TapeReader;
using html::Attr, html::Tag;

// Style names whose numbers have no unit; the rest get "px".
constexpr std::string_view unitless[] = {
    "animationIterationCount", "aspectRatio", "borderImageOutset", "borderImageSlice", "borderImageWidth", "boxFlex",
    "boxFlexGroup", "boxOrdinalGroup", "columnCount", "columns", "fillOpacity", "flex", "flexGrow", "flexNegative",
    "flexOrder", "flexPositive", "flexShrink", "floodOpacity", "fontWeight", "gridArea", "gridColumn", "gridColumnEnd",
    "gridColumnSpan", "gridColumnStart", "gridRow", "gridRowEnd", "gridRowSpan", "gridRowStart", "lineClamp",
    "lineHeight", "opacity", "order", "orphans", "scale", "stopOpacity", "strokeDasharray", "strokeDashoffset",
    "strokeMiterlimit", "strokeOpacity", "strokeWidth", "tabSize", "widows", "zIndex", "zoom"};

std::string numberText(double number) {
  char digits[32];
  return {digits, detail::writeNumber(digits, number)};
}

std::string scalarText(TapeReader tape) {
  switch (tape.next()) {
    case Op::text: return std::string(tape.text());
    case Op::integer: return std::to_string(tape.get<std::int64_t>());
    case Op::real: return numberText(tape.get<double>());
    case Op::yes: return "true";
    case Op::no: return "false";
    default: return {};
  }
}

// Whether a browser would run it: "javascript:" in any case, with controls and spaces before it, and tabs and line ends
// inside.
bool isScriptUrl(std::string_view url) {
  constexpr std::string_view scheme = "javascript:";
  std::size_t matched = 0;
  for (const char c : url) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (matched == 0 && static_cast<unsigned char>(c) <= ' ') continue;
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if (lower != scheme[matched]) return false;
    if (++matched == scheme.size()) return true;
  }
  return false;
}

constexpr std::string_view blockedUrl =
    "javascript:throw new Error('React has blocked a javascript: URL as a security precaution.')";

void appendQuoted(std::string& out, std::string_view name, std::string_view value) {
  ((out += ' ') += name) += "=\"";
  appendEscaped(out, value);
  out += '"';
}

void appendStyleName(std::string& out, std::string_view name) {
  if (name.starts_with("--")) {
    out += name;
    return;
  }
  if (name.starts_with("ms")) out += '-';
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') (out += '-') += static_cast<char>(c + ('a' - 'A'));
    else out += c;
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\n\r\f\v";
  const std::size_t start = std::min(text.find_first_not_of(spaces), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(spaces) + 1);
}

std::string styleText(TapeReader tape) {
  std::string css;
  tape.next();
  for (auto left = tape.get<std::uint32_t>(); left; --left) {
    tape.next();
    const std::string_view name = tape.shortText();
    TapeReader value = tape;
    tape.skip();
    const bool isNumber = value.peek() == Op::real || value.peek() == Op::integer;
    std::string text = scalarText(value);
    if (text.empty() || value.peek() == Op::yes || value.peek() == Op::no) continue;
    if (isNumber && text != "0" && !name.starts_with("--") && !std::ranges::binary_search(unitless, name)) text += "px";
    if (!css.empty()) css += ';';
    appendStyleName(css, name);
    (css += ':') += isNumber ? std::string_view{text} : trimmed(text);
  }
  return css;
}

// What React prints behind the other attributes of these elements, in this order.
std::span<const Attr> lastAttributes(Tag tag) {
  static constexpr std::array input = {Attr::name, Attr::formEncType, Attr::formMethod, Attr::formTarget, Attr::checked,
                                       Attr::value};
  static constexpr std::array button = {Attr::name, Attr::formEncType, Attr::formMethod, Attr::formTarget};
  static constexpr std::array form = {Attr::encType, Attr::method, Attr::target};
  switch (tag) {
    case Tag::input: return input;
    case Tag::button: return button;
    case Tag::form: return form;
    default: return {};
  }
}

// What is no attribute of these elements, but their content or their state.
bool isHeldBack(Tag tag, Attr name) {
  const bool isValue = name == Attr::value || name == Attr::defaultValue;
  return (tag == Tag::textarea || tag == Tag::select) && isValue;
}

}  // namespace

void appendEscaped(std::string& out, std::string_view text) {
  const char* run = text.data();
  const char* const end = run + text.size();
  const auto replace = [&](const char*& at, std::string_view with) {
    out.append(run, at);
    out += with;
    run = at + 1;
  };
  for (const char* at = run; at != end; ++at) {
    switch (*at) {
      case '&': replace(at, "&amp;"); break;
      case '<': replace(at, "&lt;"); break;
      case '>': replace(at, "&gt;"); break;
      case '"': replace(at, "&quot;"); break;
      case '\'': replace(at, "&#x27;"); break;
      default: break;
    }
  }
  out.append(run, end);
}

std::string Attribute::text() const { return scalarText(reader()); }

Attributes::Attributes(TapeReader& tape, const char* end) {
  while (tape.position() != end) {
    Attribute attribute;
    attribute.end = end;
    if (tape.peek() == Op::key) {
      tape.next();
      tape.text();
      continue;
    }
    if (tape.peek() == Op::attribute) {
      tape.next();
      attribute.name = tape.get<Attr>();
    } else if (tape.peek() == Op::custom) {
      tape.next();
      attribute.custom = true;
      attribute.customName = tape.shortText();
    } else {
      return;
    }
    attribute.value = tape.position();
    tape.skip();
    all_.push_back(attribute);
  }
}

const Attribute* Attributes::find(Attr name) const {
  const auto at = std::ranges::find_if(all_, [&](const Attribute& each) { return !each.custom && each.name == name; });
  return at == all_.end() ? nullptr : &*at;
}

void Attributes::appendTo(std::string& out, Tag tag) const {
  const std::span<const Attr> last = lastAttributes(tag);
  const auto comesLast = [&](const Attribute& each) { return !each.custom && std::ranges::find(last, each.name) != last.end(); };
  for (const Attribute& each : all_)
    if (!comesLast(each) && (each.custom || !isHeldBack(tag, each.name))) append(out, each, tag);
  for (const Attr name : last) {
    const Attribute* found = find(name);
    if (!found && tag == Tag::input && name == Attr::checked) {
      const Attribute* initially = find(Attr::defaultChecked);
      if (initially && initially->isTrue()) out += " checked=\"\"";
    } else if (!found && tag == Tag::input && name == Attr::value) {
      if (const Attribute* initially = find(Attr::defaultValue)) appendQuoted(out, "value", initially->text());
    } else if (found) {
      append(out, *found, tag);
    }
  }
}

void Attributes::append(std::string& out, const Attribute& attribute, Tag tag) const {
  if (attribute.custom) return appendQuoted(out, attribute.customName, attribute.text());
  const auto& [name, rule] = attributeForms[static_cast<std::size_t>(attribute.name)];
  const TapeReader value = attribute.reader();
  const Op op = value.peek();
  const std::string text = rule == AttributeRule::style ? std::string() : attribute.text();
  switch (rule) {
    case AttributeRule::none: return;
    case AttributeRule::style: {
      const std::string css = styleText(value);
      return css.empty() ? void() : appendQuoted(out, name, css);
    }
    case AttributeRule::flag:
      if (op == Op::yes || (op == Op::text && !text.empty())) ((out += ' ') += name) += "=\"\"";
      return;
    case AttributeRule::boolean: return appendQuoted(out, name, text);
    case AttributeRule::count:
      if (op == Op::integer && std::stoll(text) >= 1) appendQuoted(out, name, text);
      return;
    case AttributeRule::number:
    case AttributeRule::text:
      if (op == Op::yes || op == Op::no || op == Op::null || op == Op::undefined) {
        const bool bare = op == Op::yes && (attribute.name == Attr::download || attribute.name == Attr::capture);
        if (bare) ((out += ' ') += name) += "=\"\"";
        return;
      }
      return appendQuoted(out, name, text);
    case AttributeRule::resource:
      if (text.empty() && !(tag == Tag::a && attribute.name == Attr::href)) return;
      [[fallthrough]];
    case AttributeRule::url: return appendQuoted(out, name, isScriptUrl(text) ? blockedUrl : std::string_view{text});
  }
}

}  // namespace duramen::flight
