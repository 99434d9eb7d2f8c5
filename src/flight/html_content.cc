#include <algorithm>

#include "base/ascii.h"
#include "flight/html_printer.h"

namespace duramen::flight {
namespace {

std::string stringOf(Op op, TapeReader value) {
  std::string text;
  appendString(text, op, value);
  return text;
}

// One, or those of a select that takes several.
std::vector<std::string> valuesOf(const Attribute& value) {
  std::vector<std::string> all;
  if (value.op != Op::array) {
    all.push_back(stringOf(value.op, value.value));
    return all;
  }
  TapeReader items = value.value;
  for (auto left = items.get<std::uint32_t>(); left; --left) {
    TapeReader item = items;
    const Op op = item.next();
    all.push_back(stringOf(op, item));
    items.skip();
  }
  return all;
}

}  // namespace

std::string HtmlPrinter::plainText(TapeReader tape, std::uint32_t count) {
  std::string all;
  for (; count; --count) {
    TapeReader child = tape;
    const Op op = child.next();
    if (op == Op::list || op == Op::array) {
      const auto inner = child.get<std::uint32_t>();
      if (op == Op::list) child.get<std::uint32_t>();
      all += plainText(child, inner);
    } else {
      all += Spelled{op, child}.view();
    }
    tape.skip();
  }
  return all;
}

void HtmlPrinter::content(const Header& header) {
  lastWasText_ = false;
  TapeReader tape = header.children;
  if (const Attribute* const raw = attributes_.find(Attr::dangerouslySetInnerHTML); raw && raw->op == Op::object) {
    if (header.count) throw EncodeError("dangerouslySetInnerHTML stands in the place of children");
    return rawContent(header.tag, *raw);
  }
  if (header.tag) {
    switch (*header.tag) {
      case Tag::textarea:
        return textAreaContent(tape, header.count);
      case Tag::style:
        if (inSvg_) break;
        [[fallthrough]];
      case Tag::script:
        return codeContent(header);
      case Tag::select:
        return selectContent(tape, header.count);
      case Tag::noscript: {
        const bool outer = std::exchange(inNoscript_, true);
        children(tape, header.count);
        inNoscript_ = outer;
        return;
      }
      case Tag::pre:
        if (plainText(tape, header.count).starts_with('\n')) out_->put('\n');
        break;
      default:
        break;
    }
  }
  if (frame_ && header.tag == Tag::html) return documentParts(tape, header.count);
  children(tape, header.count);
  if (frame_ && header.tag) frameEnd(*header.tag);
}

void HtmlPrinter::rawContent(std::optional<Tag> tag, const Attribute& raw) {
  const auto html = prop(raw.value, "__html");
  if (!html) throw EncodeError("dangerouslySetInnerHTML is {__html: ...}");
  TapeReader value = *html;
  const Op op = value.next();
  const std::string text = stringOf(op, value);
  if (!isUtf8(text)) throw EncodeError("raw HTML is not UTF-8");
  // The parser drops the first line end of these two.
  if ((tag == Tag::pre || tag == Tag::textarea) && text.starts_with('\n')) out_->put('\n');
  for (std::string_view rest = text;;) {
    const std::size_t nul = rest.find('\0');
    out_->put(rest.substr(0, nul));
    if (nul == rest.npos) return;
    out_->put(HtmlEscapes::replacement);
    rest.remove_prefix(nul + 1);
  }
}

void HtmlPrinter::textAreaContent(TapeReader& tape, std::uint32_t count) {
  const std::string_view name = attributes_.textOf(Attr::name);
  if (typed_.inForm() && !name.empty()) {
    if (const auto typed = typed_.take(name); typed && isUtf8(*typed)) {
      if (typed->starts_with('\n') || typed->starts_with('\r')) out_->put('\n');
      return printText(*out_, *typed);
    }
  }
  const Attribute* const value = either(Attr::value, Attr::defaultValue);
  const std::string text = value ? stringOf(value->op, value->value) : plainText(tape, count);
  if (text.starts_with('\n')) out_->put('\n');
  printText(*out_, text);
}

// Nothing in a script or a style may end it.
void HtmlPrinter::codeContent(const Header& header) {
  const bool isScript = header.tag == Tag::script;
  const std::string code = plainText(header.children, header.count);
  if (!isUtf8(code)) throw EncodeError("a script or a style is not UTF-8");
  const auto startsWith = [&](std::size_t at, std::string_view word) {
    return code.size() - at >= word.size() &&
           std::ranges::equal(std::string_view{code}.substr(at, word.size()), word, {}, asciiLower);
  };
  for (std::size_t at = 0; at < code.size(); ++at) {
    const std::size_t name = at + (startsWith(at, "</") ? 2 : 1);
    const bool ends = isScript ? code[at] == '<' && startsWith(name, "script") : startsWith(at, "</style");
    if (!ends) {
      if (code[at] == '\0')
        out_->put(HtmlEscapes::replacement);
      else
        out_->put(code[at]);
      continue;
    }
    out_->put(std::string_view{code}.substr(at, name - at));
    const bool upper = code[name] == 'S';
    if (isScript)
      out_->put(upper ? Piece{"\\u0053"} : Piece{"\\u0073"});
    else
      out_->put(upper ? Piece{"\\53 "} : Piece{"\\73 "});
    at = name;
  }
}

void HtmlPrinter::selectContent(TapeReader& tape, std::uint32_t count) {
  const Attribute* const value = either(Attr::value, Attr::defaultValue);
  auto outer = std::exchange(selectedValues_, std::nullopt);
  if (value && value->op != Op::null && value->op != Op::undefined) selectedValues_ = valuesOf(*value);
  if (const std::string_view name = attributes_.textOf(Attr::name); typed_.inForm() && !name.empty()) {
    std::vector<std::string> typed = typed_.takeAll(name);
    if (!typed.empty() || attributes_.find(Attr::multiple)) selectedValues_ = std::move(typed);
  }
  children(tape, count);
  selectedValues_ = std::move(outer);
}

}  // namespace duramen::flight
