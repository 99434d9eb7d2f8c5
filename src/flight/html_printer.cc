#include "flight/html_printer.h"

#include <algorithm>
#include <bitset>

#include "base/ascii.h"
#include "flight/html_image.h"
#include "flight/html_rules.h"

namespace duramen::flight {
namespace {

constexpr std::size_t maxDepth = 500;  // of elements; bounds the stack

EncodeError tooDeep() { return EncodeError("a page is nested deeper than 500 elements"); }

// A part of the page that failed, or is not there yet: the nearest Suspense shows its fallback in the place of its
// children.
struct PartFailed {
  std::string digest;
};

// Names with a dash that are SVG's and MathML's own.
bool isCustomElement(std::string_view name) {
  constexpr std::string_view reserved[] = {"annotation-xml", "color-profile",    "font-face",      "font-face-src",
                                           "font-face-uri",  "font-face-format", "font-face-name", "missing-glyph"};
  return name.find('-') != name.npos && std::ranges::find(reserved, name) == std::end(reserved);
}

bool isTagName(std::string_view name) {
  return !name.empty() && isLetter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return isLetter(c) || isDigit(c) || c == ':' || c == '_' || c == '.' || c == '-';
  });
}

bool isOldVoid(std::string_view name) { return name == "keygen" || name == "param"; }

// Elements that print as they stand in the tape: none of their attributes and nothing of their content means more.
constexpr auto isPlain = [] {
  std::array<bool, std::size(html::tagNames)> plain{};
  for (std::size_t tag = 0; tag < plain.size(); ++tag) plain[tag] = !isVoid[tag];
  for (const Tag tag : {Tag::html, Tag::head, Tag::body, Tag::title, Tag::style, Tag::script, Tag::noscript, Tag::form,
                        Tag::button, Tag::select, Tag::option, Tag::textarea, Tag::pre, Tag::picture, Tag::object})
    plain[static_cast<std::size_t>(tag)] = false;
  for (std::size_t tag = 0; tag < plain.size(); ++tag)
    if (html::tagNames[tag] == "svg" || html::tagNames[tag] == "foreignObject") plain[tag] = false;
  return plain;
}();
constexpr auto startTag = [] {
  std::array<Piece, std::size(html::tagNames)> all{};
  for (std::size_t tag = 0; tag < all.size(); ++tag) all[tag] = Piece{"<", html::tagNames[tag]};
  return all;
}();
constexpr auto endTag = [] {
  std::array<Piece, std::size(html::tagNames)> all{};
  for (std::size_t tag = 0; tag < all.size(); ++tag) all[tag] = Piece{"</", html::tagNames[tag], ">"};
  return all;
}();
constexpr auto attributeStart = [] {
  std::array<Piece, std::size(attributeForms)> all{};
  for (std::size_t attr = 0; attr < all.size(); ++attr) all[attr] = Piece{" ", attributeForms[attr].name, "=\""};
  return all;
}();

}  // namespace

void HtmlPrinter::page(TapeReader& tape) {
  try {
    node(tape);
  } catch (const PartFailed&) {
    throw EncodeError("a part of the page failed, or is awaited, and no Suspense is around it");
  }
}

void HtmlPrinter::node(TapeReader& tape) {
  switch (const Op op = tape.next()) {
    case Op::element:
      return element(tape);
    case Op::named:
      return named(tape);
    case Op::list: {
      const auto count = tape.get<std::uint32_t>();
      tape.get<std::uint32_t>();
      return children(tape, count);
    }
    case Op::array:
    case Op::iterator:
    case Op::set:
      return children(tape, tape.get<std::uint32_t>());
    case Op::component:
      return component(tape);
    case Op::promise:
    case Op::lazy:
      return node(tape);
    case Op::failed:
      throw PartFailed{std::string(tape.text())};
    case Op::pending:  // its row comes later
      throw PartFailed{};
    case Op::hole:
      return hole();
    case Op::hint:
      tape.get<char>();
      tape.text();
      return node(tape);
    case Op::text:
    case Op::bigInt:
      return text(tape.text());
    case Op::integer:
    case Op::real:
      text(Spelled{op, tape}.view());
      tape.get<std::int64_t>();
      return;
    case Op::yes:
    case Op::no:
    case Op::null:
    case Op::undefined:
      return;
    default:
      throw EncodeError("an object, bytes, a date or an action is no child of an element");
  }
}

void HtmlPrinter::children(TapeReader& tape, std::uint32_t count) {
  for (; count; --count) node(tape);
}

// Two texts side by side would be one in the browser: a comment parts them, as React expects.
void HtmlPrinter::text(std::string_view text) {
  if (text.empty()) return;
  if (lastWasText_) separator();
  printText(*out_, text);
  lastWasText_ = true;
}

void HtmlPrinter::separator() { out_->put(std::string_view{"<!-- -->"}); }

// In its place stands its fallback, or its first render, until the browser takes over.
void HtmlPrinter::component(TapeReader& tape) {
  tape.get<const ClientModule*>();
  const auto size = tape.get<std::uint32_t>();
  const char* const end = tape.position() + size;
  Attributes{}.read(tape, end);  // its key
  tape.skip();                   // its props
  if (tape.position() == end) return;
  if (tape.peek() == Op::firstRender) tape.next();
  node(tape);
}

void HtmlPrinter::hole() {
  if (!frame_) throw EncodeError("a hole stands only in a document");
  out_->put(std::string_view{page_->body});
  ++holes_;
}

void HtmlPrinter::element(TapeReader& tape) {
  if (plainElement(tape)) [[likely]]
    return;
  const auto tag = tape.get<Tag>();
  const auto count = tape.get<std::uint32_t>();
  const auto size = tape.get<std::uint32_t>();
  TapeReader inner = tape;
  const char* const end = tape.bytes(size).data() + size;
  attributes_.read(inner, end);
  element({.tag = tag, .name = html::tagNames[static_cast<std::size_t>(tag)], .count = count, .children = inner});
}

// Hot: most elements are plain. False if this one is not: then nothing was printed of it.
bool HtmlPrinter::plainElement(TapeReader& tape) {
  TapeReader inner = tape;
  const auto tag = inner.get<Tag>();
  const auto number = static_cast<std::size_t>(tag);
  if (!isPlain[number]) return false;
  const auto count = inner.get<std::uint32_t>();
  const auto size = inner.get<std::uint32_t>();
  const char* const end = inner.position() + size;
  const std::size_t start = out_->size();
  out_->put(startTag[number]);
  if (!plainAttributes(inner, end, tag)) {
    out_->rewind(start);
    return false;
  }
  if (++depth_ > maxDepth) throw tooDeep();
  out_->put('>');
  lastWasText_ = false;
  children(inner, count);
  out_->put(endTag[number]);
  lastWasText_ = false;
  --depth_;
  tape = TapeReader{end};
  return true;
}

// False if one is set twice, so that the last counts in the first's place, or is the content.
bool HtmlPrinter::plainAttributes(TapeReader& tape, const char* end, Tag tag) {
  std::bitset<256> seen;
  std::string_view custom;
  while (tape.position() != end) {
    const Op part = tape.peek();
    if (part == Op::key) {
      tape.next();
      tape.text();
      continue;
    }
    if (part != Op::attribute && part != Op::custom) return true;
    tape.next();
    Attribute attribute{.attr = std::nullopt, .customName = {}, .op = Op::null, .value = tape};
    if (part == Op::custom) {
      attribute.customName = tape.shortText();
      if (!std::exchange(custom, attribute.customName).empty()) return false;  // perhaps the same
    } else {
      const auto attr = tape.get<Attr>();
      const auto number = static_cast<std::size_t>(attr);
      if (seen[number] || attr == Attr::dangerouslySetInnerHTML) return false;
      seen[number] = true;
      if (attributeForms[number].rule == AttributeRule::text && tape.peek() == Op::text) [[likely]] {
        tape.next();
        out_->put(attributeStart[number]);
        printText(*out_, tape.text());
        out_->put('"');
        continue;
      }
      attribute.attr = attr;
    }
    attribute.value = tape;
    attribute.op = attribute.value.next();
    printAttribute(*out_, tag, attribute);
    tape.skip();
  }
  return true;
}

// An element whose attributes have been read.
void HtmlPrinter::element(const Header& header) {
  if (++depth_ > maxDepth) throw tooDeep();
  if (head_ && !inNoscript_ && !inHead_ && !inSvg_ && isHoisted(header.tag))
    hoist(header);
  else if (!(frame_ && header.tag == Tag::title && hasOwnTitle_))
    inPlace(header);
  --depth_;
}

void HtmlPrinter::named(TapeReader& tape) {
  const auto size = tape.get<std::uint32_t>();
  TapeReader inner = tape;
  tape.bytes(size);
  const auto kind = inner.get<detail::NamedKind>();
  const std::string_view name = inner.shortText();
  while (inner.peek() == Op::key) {
    inner.next();
    inner.text();
  }
  inner.next();
  if (kind == detail::NamedKind::symbol) return reactsOwn(name, inner);
  if (!isTagName(name)) throw EncodeError("an element has a name that HTML does not allow");
  attributes_.readProps(inner);
  Header header{.tag = std::nullopt, .name = name, .count = 0, .children = inner};
  const auto* const tag = std::ranges::find(html::tagNames, name);
  if (tag != std::end(html::tagNames)) header.tag = static_cast<Tag>(tag - std::begin(html::tagNames));
  if (const auto found = prop(inner, "children")) {
    header.count = 1;
    header.children = *found;
  }
  element(header);
}

// The value of a prop; nothing if there is none.
std::optional<TapeReader> HtmlPrinter::prop(TapeReader object, std::string_view name) {
  for (auto left = object.get<std::uint32_t>(); left; --left) {
    object.next();
    if (object.shortText() == name) return object;
    object.skip();
  }
  return std::nullopt;
}

void HtmlPrinter::reactsOwn(std::string_view name, TapeReader props) {
  const auto inside = [&](std::string_view which) {
    if (auto found = prop(props, which)) node(*found);
  };
  if (name == "react.suspense") return suspense(props);
  if (name == "react.activity") return activity(props);
  inside("children");
}

// Its markers are for React alone; texts on their two sides need no other.
void HtmlPrinter::suspense(TapeReader props) {
  const HtmlPrinter before = *this;
  std::string content;
  std::optional<PartFailed> failure;
  {
    Writer writer{content, 256};
    out_ = &writer;
    lastWasText_ = false;
    try {
      if (auto children = prop(props, "children")) node(*children);
    } catch (const PartFailed& failed) {
      failure = failed;
    }
  }
  if (!failure) {
    out_ = before.out_;
    out_->put(std::string_view{"<!--$-->"});
    out_->put(std::string_view{content});
  } else {
    *this = before;
    out_->put(std::string_view{"<!--$!--><template data-dgst=\""});
    printText(*out_, failure->digest);
    out_->put(std::string_view{"\"></template>"});
    lastWasText_ = false;
    if (auto fallback = prop(props, "fallback")) node(*fallback);
  }
  out_->put(std::string_view{"<!--/$-->"});
  lastWasText_ = false;
}

void HtmlPrinter::activity(TapeReader props) {
  if (auto mode = prop(props, "mode"); mode && mode->next() == Op::text && mode->text() == "hidden") return;
  out_->put(std::string_view{"<!--&-->"});
  lastWasText_ = false;
  if (auto children = prop(props, "children")) node(*children);
  out_->put(std::string_view{"<!--/&-->"});
  lastWasText_ = false;
}

// The browser looks for these in <head> and passes them over in the page.
bool HtmlPrinter::isHoisted(std::optional<Tag> tag) const {
  if (!tag || attributes_.find(Attr::itemProp)) return false;
  switch (*tag) {
    case Tag::title:
    case Tag::meta:
      return true;
    case Tag::link:
      if (attributes_.textOf(Attr::rel).empty() || attributes_.textOf(Attr::href).empty()) return false;
      return attributes_.textOf(Attr::rel) != "stylesheet" ||
             (attributes_.find(Attr::precedence) && !attributes_.find(Attr::disabled));
    case Tag::style:
      return attributes_.find(Attr::precedence) && !attributes_.textOf(Attr::href).empty();
    case Tag::script: {
      const Attribute* const async = attributes_.find(Attr::async);
      return async && async->op == Op::yes && !attributes_.textOf(Attr::src).empty();
    }
    default:
      return false;
  }
}

void HtmlPrinter::hoist(const Header& header) {
  if (lastWasText_) separator();
  if (std::string* const place = placeInHead(*header.tag)) {
    Writer writer{*place, 256};
    Writer* const page = std::exchange(out_, &writer);
    inHead_ = true;
    inPlace(header);
    inHead_ = false;
    out_ = page;
  }
  lastWasText_ = false;
}

// Null if it is there already: a style sheet or a script that two parts of a page ask for is loaded once.
std::string* HtmlPrinter::placeInHead(Tag tag) {
  using Place = HtmlHead::Place;
  const bool isStyle = tag == Tag::style || isStyleSheet(tag);
  if (isStyle)
    return head_->isFirst("style", attributes_.textOf(Attr::href))
               ? &head_->styles(attributes_.textOf(Attr::precedence))
               : nullptr;
  if (tag == Tag::script)
    return head_->isFirst("script", attributes_.textOf(Attr::src)) ? &head_->at(Place::scripts) : nullptr;
  if (tag == Tag::meta && attributes_.find(Attr::charSet)) return &head_->at(Place::charset);
  if (tag == Tag::meta && attributes_.textOf(Attr::name) == "viewport") return &head_->at(Place::viewport);
  return &head_->at(Place::others);
}

// A document is the app's own words: its scripts may run. A page's may not, unless the app says so.
void HtmlPrinter::nonce(std::string_view value) {
  out_->put(std::string_view{" nonce=\""});
  printText(*out_, value);
  out_->put('"');
}

void HtmlPrinter::inPlace(const Header& header) {
  out_->put('<');
  out_->put(header.name);
  formFields_.clear();
  if (header.tag == Tag::img && head_ && !inNoscript_ && !inPicture_) preloadImage(*head_, attributes_);
  if (inHead_ && header.tag == Tag::style)
    hoistedStyleAttributes();
  else if (isCustomElement(header.name))
    for (const Attribute& attribute : attributes_) printCustomElementAttribute(*out_, attribute);
  else
    attributes(header);
  if (header.tag == Tag::script && frame_ && !frame_->nonce.empty() && !attributes_.find(Attr::nonce))
    nonce(frame_->nonce);
  const bool isEmpty = header.tag ? isVoid[static_cast<std::size_t>(*header.tag)] : isOldVoid(header.name);
  if (isEmpty) {
    out_->put(std::string_view{"/>"});
    out_->put(std::string_view{formFields_});  // of an input: behind it
  } else {
    out_->put('>');
    out_->put(std::string_view{formFields_});
    const bool outer = std::exchange(inSvg_, header.name == "svg" || (inSvg_ && header.name != "foreignObject"));
    const bool outerPicture = std::exchange(inPicture_, inPicture_ || header.tag == Tag::picture);
    content(header);
    if (header.tag == Tag::form) typed_.leaveForm();
    inSvg_ = outer;
    inPicture_ = outerPicture;
    out_->put(std::string_view{"</"});
    out_->put(header.name);
    out_->put('>');
  }
  lastWasText_ = false;
}

Html renderHtml(const Node& page, const References* references, const PostedForm* posted) {
  Html html;
  Writer writer{html.body, page.tape().size() + page.tape().size() / 4};
  TapeReader tape{page.tape()};
  HtmlHead head;
  HtmlPrinter{writer, head, references, posted}.page(tape);
  writer.finish();
  html.head = head.toString();
  return html;
}

}  // namespace duramen::flight
