#include "flight/html_attributes.h"

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "flight/encode.h"
#include "flight/html_rules.h"

namespace duramen::flight {

using detail::Op;
using detail::TapeReader;
using html::Attr;

Spelled::Spelled(Op op, TapeReader value) {
  switch (op) {
    case Op::text:
      view_ = value.text();
      break;
    case Op::integer: {
      const char* const end = std::to_chars(digits_, digits_ + sizeof digits_, value.get<std::int64_t>()).ptr;
      view_ = {digits_, static_cast<std::size_t>(end - digits_)};
      break;
    }
    case Op::real:
      view_ = {digits_, static_cast<std::size_t>(detail::writeNumber(digits_, value.get<double>()) - digits_)};
      break;
    default:
      present_ = false;
  }
}

void Attributes::set(const Attribute& attribute) {
  const auto same = std::ranges::find_if(all_, [&](const Attribute& each) {
    return each.attr == attribute.attr && each.customName == attribute.customName;
  });
  if (same == all_.end())
    all_.push_back(attribute);
  else
    *same = attribute;
}

void Attributes::read(TapeReader& tape, const char* end) {
  all_.clear();
  while (tape.position() != end) {
    const Op part = tape.peek();
    if (part != Op::key && part != Op::attribute && part != Op::custom) return;
    tape.next();
    if (part == Op::key) {
      tape.text();
      continue;
    }
    std::optional<Attr> attr;
    std::string_view customName;
    if (part == Op::attribute)
      attr = tape.get<Attr>();
    else
      customName = tape.shortText();
    TapeReader value = tape;
    const Op op = value.next();
    set({attr, customName, op, value});
    tape.skip();
  }
}

const Attribute* Attributes::find(Attr attr) const {
  const auto at = std::ranges::find(all_, attr, &Attribute::attr);
  return at == all_.end() ? nullptr : &*at;
}

namespace {

// Numbers of these styles have no unit.
constexpr auto unitless = [] {
  std::array names = std::to_array<std::string_view>({"animationIterationCount",
                                                      "aspectRatio",
                                                      "borderImageOutset",
                                                      "borderImageSlice",
                                                      "borderImageWidth",
                                                      "boxFlex",
                                                      "boxFlexGroup",
                                                      "boxOrdinalGroup",
                                                      "columnCount",
                                                      "columns",
                                                      "flex",
                                                      "flexGrow",
                                                      "flexPositive",
                                                      "flexShrink",
                                                      "flexNegative",
                                                      "flexOrder",
                                                      "gridArea",
                                                      "gridRow",
                                                      "gridRowEnd",
                                                      "gridRowSpan",
                                                      "gridRowStart",
                                                      "gridColumn",
                                                      "gridColumnEnd",
                                                      "gridColumnSpan",
                                                      "gridColumnStart",
                                                      "fontWeight",
                                                      "lineClamp",
                                                      "lineHeight",
                                                      "opacity",
                                                      "order",
                                                      "orphans",
                                                      "scale",
                                                      "tabSize",
                                                      "widows",
                                                      "zIndex",
                                                      "zoom",
                                                      "fillOpacity",
                                                      "floodOpacity",
                                                      "stopOpacity",
                                                      "strokeDasharray",
                                                      "strokeDashoffset",
                                                      "strokeMiterlimit",
                                                      "strokeOpacity",
                                                      "strokeWidth",
                                                      "MozAnimationIterationCount",
                                                      "MozBoxFlex",
                                                      "MozBoxFlexGroup",
                                                      "MozLineClamp",
                                                      "msAnimationIterationCount",
                                                      "msFlex",
                                                      "msZoom",
                                                      "msFlexGrow",
                                                      "msFlexNegative",
                                                      "msFlexOrder",
                                                      "msFlexPositive",
                                                      "msFlexShrink",
                                                      "msGridColumn",
                                                      "msGridColumnSpan",
                                                      "msGridRow",
                                                      "msGridRowSpan",
                                                      "WebkitAnimationIterationCount",
                                                      "WebkitBoxFlex",
                                                      "WebkitBoxFlexGroup",
                                                      "WebkitBoxOrdinalGroup",
                                                      "WebkitColumnCount",
                                                      "WebkitColumns",
                                                      "WebkitFlex",
                                                      "WebkitFlexGrow",
                                                      "WebkitFlexPositive",
                                                      "WebkitFlexShrink",
                                                      "WebkitLineClamp"});
  std::ranges::sort(names);
  return names;
}();

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// backgroundColor is background-color, and WebkitX is -webkit-x.
void printStyleName(Writer& out, std::string_view name) {
  if (name.starts_with("ms")) out.put('-');
  std::string dashed;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      (dashed += '-') += static_cast<char>(c - 'A' + 'a');
    else
      dashed += c;
  }
  printText(out, dashed);
}

// One declaration; whether it was printed.
bool printStyle(Writer& out, std::string_view before, std::string_view name, Op op, TapeReader value) {
  const Spelled spelled{op, value};
  if (!spelled.present() || spelled.view().empty()) return false;
  out.put(before);
  const bool custom = name.starts_with("--");
  if (custom)
    printText(out, name);
  else
    printStyleName(out, name);
  out.put(':');
  printText(out, trimmed(spelled.view()));
  const bool isNumber = op != Op::text && spelled.view() != "0";
  if (isNumber && !custom && !std::ranges::binary_search(unitless, name)) out.put(std::string_view{"px"});
  return true;
}

void printStyles(Writer& out, TapeReader value) {
  std::string_view before = " style=\"";
  for (auto count = value.get<std::uint32_t>(); count; --count) {
    value.next();
    const std::string_view name = value.shortText();
    TapeReader declaration = value;
    const Op op = declaration.next();
    if (printStyle(out, before, name, op, declaration)) before = ";";
    value.skip();
  }
  if (before == ";") out.put('"');
}

// As React finds one: after control characters and spaces, in any case, with tabs and line ends inside.
bool isJavaScriptUrl(std::string_view url) {
  constexpr std::string_view scheme = "javascript:";
  std::size_t at = 0;
  while (at < url.size() && static_cast<unsigned char>(url[at]) <= 0x20) ++at;
  for (std::size_t matched = 0; matched < scheme.size(); ++at) {
    if (at == url.size()) return false;
    const char c = url[at];
    if (matched > 0 && (c == '\r' || c == '\n' || c == '\t')) continue;
    if (asciiLower(c) != scheme[matched]) return false;
    ++matched;
  }
  return true;
}

void printNamed(Writer& out, std::string_view name, std::string_view value) {
  out.put(' ');
  out.put(name);
  out.put(std::string_view{"=\""});
  printText(out, value);
  out.put('"');
}

void printUrl(Writer& out, std::string_view name, std::string_view url) {
  constexpr std::string_view blocked =
      "javascript:throw new Error('React has blocked a javascript: URL as a security precaution.')";
  printNamed(out, name, isJavaScriptUrl(url) ? blocked : url);
}

bool isNaN(const Attribute& attribute) {
  TapeReader value = attribute.value;
  return attribute.op == Op::real && std::isnan(value.get<double>());
}

bool isAtLeastOne(const Attribute& attribute) {
  TapeReader value = attribute.value;
  if (attribute.op == Op::integer) return value.get<std::int64_t>() >= 1;
  return attribute.op == Op::real && value.get<double>() >= 1;
}

// As a condition in JavaScript.
bool isTrue(Op op, const Spelled& spelled) {
  return op == Op::yes || (spelled.present() && !spelled.view().empty() && spelled.view() != "0");
}

void printByRule(Writer& out, html::Tag tag, const AttributeForm& form, const Attribute& attribute) {
  const Spelled spelled{attribute.op, attribute.value};
  const auto named = [&](bool when) {
    if (when && spelled.present()) printNamed(out, form.name, spelled.view());
  };
  switch (form.rule) {
    case AttributeRule::text:
      return named(true);
    case AttributeRule::flag:
      if (isTrue(attribute.op, spelled)) printNamed(out, form.name, {});
      return;
    case AttributeRule::boolean:
      if (spelled.present()) return named(true);
      return printNamed(out, form.name, attribute.op == Op::yes ? "true" : "false");
    case AttributeRule::number:
      return named(!isNaN(attribute));
    case AttributeRule::count:
      return named(isAtLeastOne(attribute));
    case AttributeRule::resource:
      if (spelled.view().empty() && tag != html::Tag::a) return;
      [[fallthrough]];
    case AttributeRule::url:
      if (spelled.present()) printUrl(out, form.name, spelled.view());
      return;
    case AttributeRule::style:
      if (attribute.op == Op::object) printStyles(out, attribute.value);
      return;
    case AttributeRule::none:
      return;
  }
}

}  // namespace

void printText(Writer& out, std::string_view text) {
  if (!out.escaped<HtmlEscapes>(text)) [[unlikely]]
    throw EncodeError("text of a page's HTML is not UTF-8");
}

void printAttribute(Writer& out, html::Tag tag, const Attribute& attribute) {
  if (attribute.attr)
    printByRule(out, tag, attributeForms[static_cast<std::size_t>(*attribute.attr)], attribute);
  else
    printAttribute(out, attribute.customName, attribute);
}

void printAttribute(Writer& out, std::string_view name, const Attribute& attribute) {
  const Spelled spelled{attribute.op, attribute.value};
  if (spelled.present())
    printNamed(out, name, spelled.view());
  else if (attribute.op == Op::yes || attribute.op == Op::no)
    printNamed(out, name, attribute.op == Op::yes ? "true" : "false");
}

}  // namespace duramen::flight
