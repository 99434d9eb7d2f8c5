#include "flight/html_attributes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "base/iso_date.h"
#include "flight/encode.h"
#include "flight/html_rules.h"

namespace duramen::flight {

using detail::Op;
using detail::TapeReader;
using html::Attr;

Spelled::Spelled(Op op, TapeReader value) {
  switch (op) {
    case Op::text:
    case Op::bigInt:
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

void Attributes::readProps(TapeReader object) {
  all_.clear();
  for (auto left = object.get<std::uint32_t>(); left; --left) {
    object.next();
    const std::string_view name = object.shortText();
    TapeReader value = object;
    const Op op = value.next();
    if (name != "children") {
      const auto* const known = std::ranges::find(html::attributeNames, name);
      std::optional<Attr> attr;
      if (known != std::end(html::attributeNames)) attr = static_cast<Attr>(known - std::begin(html::attributeNames));
      set({attr, attr ? std::string_view{} : name, op, value});
    }
    object.skip();
  }
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

std::string_view Attributes::textOf(Attr attr) const {
  const Attribute* const attribute = find(attr);
  if (!attribute || attribute->op != Op::text) return {};
  TapeReader value = attribute->value;
  return value.text();
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
                                                      "WebKitBoxFlexGroup",
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

// What JavaScript's trim() takes away, in UTF-8.
constexpr std::string_view blanks[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u00a0",
                                       "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                                       "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029",
                                       "\u202f", "\u205f", "\u3000", "\ufeff"};

std::string_view trimmed(std::string_view text) {
  const auto atFront = [&](std::string_view blank) { return text.starts_with(blank); };
  const auto atBack = [&](std::string_view blank) { return text.ends_with(blank); };
  const auto* blank = std::begin(blanks);
  while ((blank = std::ranges::find_if(blanks, atFront)) != std::end(blanks)) text.remove_prefix(blank->size());
  while ((blank = std::ranges::find_if(blanks, atBack)) != std::end(blanks)) text.remove_suffix(blank->size());
  return text;
}

// backgroundColor is background-color, WebkitX is -webkit-x, and msX is -ms-x.
void printStyleName(Writer& out, std::string_view name) {
  std::string dashed;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      (dashed += '-') += static_cast<char>(c - 'A' + 'a');
    else
      dashed += c;
  }
  if (dashed.starts_with("ms-")) out.put('-');
  printText(out, dashed);
}

// One declaration; whether it was printed.
bool printStyle(Writer& out, std::string_view before, std::string_view name, Op op, TapeReader value) {
  std::string spelled;
  if (op == Op::yes || op == Op::no || !appendString(spelled, op, value) || (op == Op::text && spelled.empty()))
    return false;
  out.put(before);
  const bool custom = name.starts_with("--");
  if (custom)
    printText(out, name);
  else
    printStyleName(out, name);
  out.put(':');
  printText(out, trimmed(spelled));
  const bool isNumber = (op == Op::integer || op == Op::real) && spelled != "0";
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

// Text as JavaScript's Number(text) reads it; NaN if it is none.
double numberIn(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return 0;
  if (text == "Infinity" || text == "+Infinity") return std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error != std::errc::invalid_argument && end == text.data() + text.size();
  const bool spelledByLetters = text.find_first_of("iInN") != text.npos;  // C++ reads "inf" and "nan"
  return whole && !spelledByLetters ? number : std::numeric_limits<double>::quiet_NaN();
}

double numberOf(Op op, TapeReader value) {
  switch (op) {
    case Op::integer:
      return static_cast<double>(value.get<std::int64_t>());
    case Op::real:
      return value.get<double>();
    case Op::text:
    case Op::bigInt:
      return numberIn(value.text());
    case Op::yes:
      return 1;
    case Op::no:
    case Op::null:
      return 0;
    case Op::date:
      return value.get<double>();
    case Op::array: {
      std::string items;
      appendString(items, op, value);
      return numberIn(items);
    }
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

bool isTrue(Op op, TapeReader value) {
  switch (op) {
    case Op::text:
      return !value.text().empty();
    case Op::integer:
    case Op::real:
    case Op::bigInt: {
      const double number = numberOf(op, value);
      return number != 0 && !std::isnan(number);
    }
    case Op::no:
    case Op::null:
    case Op::undefined:
    case Op::failed:
      return false;
    default:
      return true;
  }
}

namespace {

// As String(date) in a browser whose clock shows UTC.
std::string dateText(double milliseconds) {
  const auto date = dateOf(milliseconds);
  if (!date) return "Invalid Date";
  constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(*date);
  const std::string iso = toIsoString(*date);  // 2026-11-25T10:00:00.000Z
  const std::size_t yearEnd = iso.find('-', 1);
  const auto month = static_cast<std::size_t>(std::stoi(iso.substr(yearEnd + 1, 2)) - 1);
  const auto weekday = static_cast<std::size_t>(((day.time_since_epoch().count() + 4) % 7 + 7) % 7);
  return std::string(days[weekday]) + " " + std::string(months[month]) + " " + iso.substr(yearEnd + 4, 2) + " " +
         iso.substr(0, yearEnd) + " " + iso.substr(yearEnd + 7, 8) + " GMT+0000 (Coordinated Universal Time)";
}

}  // namespace

bool appendString(std::string& out, Op op, TapeReader value) {
  switch (op) {
    case Op::yes:
    case Op::no:
      out += op == Op::yes ? "true" : "false";
      return true;
    case Op::object:
      out += "[object Object]";
      return true;
    case Op::map:
    case Op::set:
      out += op == Op::map ? "[object Map]" : "[object Set]";
      return true;
    case Op::date:
      out += dateText(value.get<double>());
      return true;
    case Op::array: {
      auto left = value.get<std::uint32_t>();
      for (bool first = true; left; --left, first = false) {
        if (!first) out += ',';
        TapeReader item = value;
        const Op itemOp = item.next();
        if (itemOp != Op::null && itemOp != Op::undefined) appendString(out, itemOp, item);
        value.skip();
      }
      return true;
    }
    default: {
      const Spelled spelled{op, value};
      out += spelled.view();
      return spelled.present();
    }
  }
}

namespace {

void printByRule(Writer& out, std::optional<html::Tag> tag, const AttributeForm& form, const Attribute& attribute) {
  const auto named = [&](bool when) {
    std::string text;
    if (when && appendString(text, attribute.op, attribute.value)) printNamed(out, form.name, text);
  };
  const bool isBool = attribute.op == Op::yes || attribute.op == Op::no;
  switch (form.rule) {
    case AttributeRule::text: {
      const Spelled spelled{attribute.op, attribute.value};
      if (spelled.present()) return printNamed(out, form.name, spelled.view());
      return named(!isBool);
    }
    case AttributeRule::flag:
      if (isTrue(attribute.op, attribute.value)) printNamed(out, form.name, {});
      return;
    case AttributeRule::boolean:
      return named(true);
    case AttributeRule::number:
      return named(!std::isnan(numberOf(attribute.op, attribute.value)));
    case AttributeRule::count:
      return named(numberOf(attribute.op, attribute.value) >= 1);
    case AttributeRule::overloaded:
      if (attribute.op == Op::yes) return printNamed(out, form.name, {});
      return named(!isBool);
    case AttributeRule::resource:
      if (attribute.op == Op::text && TapeReader{attribute.value}.text().empty() &&
          (tag != html::Tag::a || form.name != "href"))
        return;
      [[fallthrough]];
    case AttributeRule::action:
    case AttributeRule::url: {
      if (attribute.op == Op::text) return printUrl(out, form.name, TapeReader{attribute.value}.text());
      std::string url;
      if (!isBool && appendString(url, attribute.op, attribute.value)) printUrl(out, form.name, url);
      return;
    }
    case AttributeRule::style:
      if (attribute.op == Op::object) printStyles(out, attribute.value);
      return;
    case AttributeRule::none:
      return;
  }
}

// A name that React prints: of XML's (ASCII here, and any other character).
bool isName(std::string_view name) {
  const auto begins = [](char c) {
    return isLetter(c) || c == ':' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && begins(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return begins(c) || c == '-' || c == '.' || isDigit(c); });
}

bool isEvent(std::string_view name) {
  return name.size() > 2 && asciiLower(name[0]) == 'o' && asciiLower(name[1]) == 'n';
}

void printOther(Writer& out, std::optional<html::Tag> tag, const Attribute& attribute) {
  const std::string_view name = attribute.customName;
  const auto* const known = std::ranges::lower_bound(otherAttributes, name, {}, &OtherAttribute::name);
  if (known != std::end(otherAttributes) && known->name == name) return printByRule(out, tag, known->form, attribute);
  if (isEvent(name) || !isName(name)) return;
  printByRule(out, tag, {name, AttributeRule::text}, attribute);
}

}  // namespace

void printText(Writer& out, std::string_view text) {
  if (!out.escaped<HtmlEscapes>(text)) [[unlikely]]
    throw EncodeError("text of a page's HTML is not UTF-8");
}

void printAttribute(Writer& out, std::optional<html::Tag> tag, const Attribute& attribute) {
  // It is a URL of objects only.
  if (attribute.attr == Attr::data && tag != html::Tag::object)
    printByRule(out, tag, {"data", AttributeRule::text}, attribute);
  else if (std::string url; attribute.attr == Attr::data) {
    if (appendString(url, attribute.op, attribute.value) && !url.empty()) printUrl(out, "data", url);
  } else if (attribute.attr)
    printByRule(out, tag, attributeForms[static_cast<std::size_t>(*attribute.attr)], attribute);
  else if (const std::string_view prefix = attribute.customName.substr(0, 5);
           equalIgnoringCase(prefix, "data-") || equalIgnoringCase(prefix, "aria-"))
    printAttribute(out, attribute.customName, attribute);
  else
    printOther(out, tag, attribute);
}

void printAttribute(Writer& out, std::string_view name, const Attribute& attribute) {
  if (!isName(name)) return;
  const Spelled spelled{attribute.op, attribute.value};
  if (spelled.present()) return printNamed(out, name, spelled.view());
  std::string text;
  if (appendString(text, attribute.op, attribute.value)) printNamed(out, name, text);
}

void printUrlAttribute(Writer& out, std::string_view name, const Attribute& attribute) {
  printByRule(out, std::nullopt, {name, AttributeRule::url}, attribute);
}

void printCustomElementAttribute(Writer& out, const Attribute& attribute) {
  const std::string_view name =
      attribute.attr ? html::attributeNames[static_cast<std::size_t>(*attribute.attr)] : attribute.customName;
  if (name == "style" && attribute.op == Op::object) return printStyles(out, attribute.value);
  const auto* const known = std::ranges::lower_bound(otherAttributes, name, {}, &OtherAttribute::name);
  const bool isReacts = known != std::end(otherAttributes) && known->name == name &&
                        known->form.rule == AttributeRule::none && name != "innerHTML";
  if (isReacts || name == "style" || name == "dangerouslySetInnerHTML" || !isName(name) || attribute.op == Op::no ||
      attribute.op == Op::object || attribute.op == Op::array)
    return;
  const std::string_view shown = name == "className" ? "class" : name;
  if (attribute.op == Op::yes) return printNamed(out, shown, {});
  const Spelled spelled{attribute.op, attribute.value};
  if (spelled.present()) printNamed(out, shown, spelled.view());
}

}  // namespace duramen::flight
