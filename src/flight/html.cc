#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/ascii.h"
#include "flight/encode.h"
#include "flight/html_attributes.h"
#include "flight/html_rules.h"

namespace duramen::flight {
namespace {

using detail::Op;
using detail::TapeReader;
using html::Attr;
using html::Tag;

constexpr std::size_t maxDepth = 500;  // of elements; bounds the stack

// What a document puts around a page.
struct Frame {
  const Html& page;
  std::string_view headEnd;
  std::string_view bodyEnd;
};

// Writes a tape as HTML: a page, whose hoisted elements go to `head`, or a document, in which everything stays in
// place.
class Printer {
 public:
  Printer(Writer& out, std::string& head) : out_(&out), head_(&head) {}
  Printer(Writer& out, const Frame& frame)
      : out_(&out), frame_(&frame), hasOwnTitle_(frame.page.head.find("<title") != std::string::npos) {}

  void node(TapeReader& tape) {
    switch (const Op op = tape.next()) {
      case Op::element:
        return element(tape);
      case Op::list: {
        const auto count = tape.get<std::uint32_t>();
        tape.get<std::uint32_t>();
        return children(tape, count);
      }
      case Op::component:
        return component(tape);
      case Op::hole:
        return hole();
      case Op::text:
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
        throw EncodeError("an object, a list of values or an action is no child of an element");
    }
  }

  // The whole of a document. What it leaves out of <html>, <head> and <body> is put around the rest, as a browser
  // would.
  void document(TapeReader& tape) {
    if (tagAhead(tape) == Tag::html) {
      node(tape);
    } else {
      out_->put(std::string_view{"<html>"});
      documentParts(tape, 1);
      out_->put(std::string_view{"</html>"});
    }
    if (holes_ != 1) throw EncodeError("a document shows its page exactly once");
  }

 private:
  struct Header {
    Tag tag;
    std::uint32_t count;
    const char* end;
  };

  void children(TapeReader& tape, std::uint32_t count) {
    for (; count; --count) node(tape);
  }

  // Two texts side by side would be one in the browser: a comment parts them, as React expects.
  void text(std::string_view text) {
    if (text.empty()) return;
    if (lastWasText_) separator();
    printText(*out_, text);
    lastWasText_ = true;
  }
  void separator() { out_->put(std::string_view{"<!-- -->"}); }

  // In its place stands its fallback until the browser takes over.
  void component(TapeReader& tape) {
    tape.get<const ClientModule*>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    Attributes{}.read(tape, end);  // its key
    tape.skip();                   // its props
    if (tape.position() != end) node(tape);
  }

  void hole() {
    if (!frame_) throw EncodeError("a hole stands only in a document");
    out_->put(std::string_view{frame_->page.body});
    ++holes_;
  }

  void element(TapeReader& tape) {
    Header header{.tag = tape.get<Tag>(), .count = tape.get<std::uint32_t>(), .end = nullptr};
    const auto size = tape.get<std::uint32_t>();
    header.end = tape.position() + size;
    if (++depth_ > maxDepth) throw EncodeError("a page is nested deeper than 500 elements");
    attributes_.read(tape, header.end);
    if (head_ && !inNoscript_ && !inHead_ && isHoisted(header.tag)) {
      hoist(tape, header);
    } else if (!(frame_ && header.tag == Tag::title && hasOwnTitle_)) {
      inPlace(tape, header);
    } else {
      tape = TapeReader{header.end, header.end};
    }
    --depth_;
  }

  // The browser looks for these in <head> and passes them over in the page.
  bool isHoisted(Tag tag) const {
    if (attributes_.find(Attr::itemProp)) return false;
    switch (tag) {
      case Tag::title:
      case Tag::meta:
        return true;
      case Tag::link:
        if (textOf(Attr::rel).empty() || textOf(Attr::href).empty()) return false;
        return textOf(Attr::rel) != "stylesheet" ||
               (attributes_.find(Attr::precedence) && !attributes_.find(Attr::disabled));
      case Tag::style:
        return attributes_.find(Attr::precedence) && !textOf(Attr::href).empty();
      case Tag::script: {
        const Attribute* const async = attributes_.find(Attr::async);
        return async && async->op == Op::yes && !textOf(Attr::src).empty();
      }
      default:
        return false;
    }
  }
  std::string_view textOf(Attr attr) const {
    const Attribute* const attribute = attributes_.find(attr);
    if (!attribute || attribute->op != Op::text) return {};
    TapeReader value = attribute->value;
    return value.text();
  }

  void hoist(TapeReader& tape, const Header& header) {
    if (lastWasText_) separator();
    if (isFirst(header.tag)) {
      Writer writer{*head_, 256};
      Writer* const page = std::exchange(out_, &writer);
      inHead_ = true;
      inPlace(tape, header);
      inHead_ = false;
      out_ = page;
    } else {
      tape = TapeReader{header.end, header.end};
    }
    lastWasText_ = false;
  }
  // A style sheet or a script that two parts of a page ask for is loaded once.
  bool isFirst(Tag tag) {
    if (tag == Tag::title || tag == Tag::meta) return true;
    if (tag == Tag::link && !attributes_.find(Attr::precedence)) return true;
    const std::string_view url = textOf(tag == Tag::script ? Attr::src : Attr::href);
    const std::pair key{tag == Tag::link ? Tag::style : tag, url};
    if (std::ranges::find(loaded_, key) != loaded_.end()) return false;
    loaded_.push_back(key);
    return true;
  }

  void inPlace(TapeReader& tape, const Header& header) {
    out_->put('<');
    out_->put(html::tagNames[static_cast<std::size_t>(header.tag)]);
    if (inHead_ && header.tag == Tag::style)
      hoistedStyleAttributes();
    else
      attributes(tape, header);
    if (isVoid[static_cast<std::size_t>(header.tag)]) {
      out_->put(std::string_view{"/>"});
    } else {
      out_->put('>');
      content(tape, header);
      out_->put(std::string_view{"</"});
      out_->put(html::tagNames[static_cast<std::size_t>(header.tag)]);
      out_->put('>');
    }
    lastWasText_ = false;
  }

  void hoistedStyleAttributes() {
    printAttribute(*out_, "data-precedence", *attributes_.find(Attr::precedence));
    printAttribute(*out_, "data-href", *attributes_.find(Attr::href));
  }

  // In the order of the props, but for the few that React puts last.
  void attributes(TapeReader& children, const Header& header) {
    const auto last = putLast(header.tag);
    const bool isHoistedLink = inHead_ && header.tag == Tag::link;
    for (const Attribute& attribute : attributes_) {
      if (attribute.attr &&
          (std::ranges::find(last, *attribute.attr) != last.end() || isContent(header.tag, *attribute.attr) ||
           (isHoistedLink && attribute.attr == Attr::precedence)))
        continue;
      printAttribute(*out_, header.tag, attribute);
    }
    for (const Attr attr : last)
      if (const Attribute* const attribute = attributes_.find(attr)) printAttribute(*out_, header.tag, *attribute);
    if (header.tag == Tag::input) inputState();
    if (header.tag == Tag::option) optionState(children, header.count);
    if (isHoistedLink)
      if (const Attribute* const precedence = attributes_.find(Attr::precedence))
        printAttribute(*out_, "data-precedence", *precedence);
  }
  static std::span<const Attr> putLast(Tag tag) {
    static constexpr std::array ofControl{Attr::name, Attr::formEncType, Attr::formMethod, Attr::formTarget};
    static constexpr std::array ofForm{Attr::encType, Attr::method, Attr::target};
    if (tag == Tag::input || tag == Tag::button) return ofControl;
    if (tag == Tag::form) return ofForm;
    return {};
  }
  // Attributes of React's that print in another way than as attributes.
  static bool isContent(Tag tag, Attr attr) {
    if (attr == Attr::value) return tag == Tag::textarea || tag == Tag::select || tag == Tag::input;
    return (attr == Attr::checked && tag == Tag::input) || (attr == Attr::selected && tag == Tag::option);
  }
  const Attribute* either(Attr first, Attr second) const {
    const Attribute* const attribute = attributes_.find(first);
    return attribute && attribute->op != Op::null ? attribute : attributes_.find(second);
  }
  void inputState() {
    if (const Attribute* const checked = either(Attr::checked, Attr::defaultChecked); checked && checked->op == Op::yes)
      out_->put(std::string_view{" checked=\"\""});
    if (const Attribute* const value = either(Attr::value, Attr::defaultValue)) printAttribute(*out_, "value", *value);
  }
  // An option is selected by the value of its select, if that has one.
  void optionState(TapeReader children, std::uint32_t count) {
    const Attribute* const selected = attributes_.find(Attr::selected);
    bool is = selected && selected->op == Op::yes;
    if (selectedValue_) {
      const Attribute* const value = attributes_.find(Attr::value);
      is = (value ? std::string(Spelled{value->op, value->value}.view()) : plainText(children, count)) ==
           *selectedValue_;
    }
    if (is) out_->put(std::string_view{" selected=\"\""});
  }
  static std::string plainText(TapeReader tape, std::uint32_t count) {
    std::string all;
    for (; count; --count) {
      TapeReader child = tape;
      const Op op = child.next();
      if (op == Op::list) {
        const auto inner = child.get<std::uint32_t>();
        child.get<std::uint32_t>();
        all += plainText(child, inner);
      } else {
        all += Spelled{op, child}.view();
      }
      tape.skip();
    }
    return all;
  }

  void content(TapeReader& tape, const Header& header) {
    lastWasText_ = false;
    if (const Attribute* const raw = attributes_.find(Attr::dangerouslySetInnerHTML)) {
      if (header.count) throw EncodeError("dangerouslySetInnerHTML stands in the place of children");
      return rawContent(header.tag, *raw);
    }
    switch (header.tag) {
      case Tag::textarea:
        return textAreaContent(tape, header.count);
      case Tag::script:
      case Tag::style:
        return codeContent(tape, header);
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
    if (frame_ && header.tag == Tag::html) return documentParts(tape, header.count);
    children(tape, header.count);
    if (frame_) frameEnd(header.tag);
  }

  void rawContent(Tag tag, const Attribute& raw) {
    TapeReader value = raw.value;
    value.get<std::uint32_t>();
    value.next();
    value.shortText();
    if (value.next() != Op::text) return;
    const std::string_view text = value.text();
    if (!isUtf8(text)) throw EncodeError("raw HTML is not UTF-8");
    // The parser drops the first line end of these two.
    if ((tag == Tag::pre || tag == Tag::textarea) && text.starts_with('\n')) out_->put('\n');
    out_->put(text);
  }

  void textAreaContent(TapeReader& tape, std::uint32_t count) {
    const Attribute* const value = either(Attr::value, Attr::defaultValue);
    const std::string text = value ? std::string(Spelled{value->op, value->value}.view()) : plainText(tape, count);
    for (; count; --count) tape.skip();
    if (text.starts_with('\n')) out_->put('\n');
    printText(*out_, text);
  }

  // Nothing in a script or a style may end it.
  void codeContent(TapeReader& tape, const Header& header) {
    const bool isScript = header.tag == Tag::script;
    const std::string code = plainText(tape, header.count);
    if (!isUtf8(code)) throw EncodeError("a script or a style is not UTF-8");
    for (std::uint32_t left = header.count; left; --left) tape.skip();
    const auto startsWith = [&](std::size_t at, std::string_view word) {
      return code.size() - at >= word.size() &&
             std::ranges::equal(std::string_view{code}.substr(at, word.size()), word, {}, asciiLower);
    };
    for (std::size_t at = 0; at < code.size(); ++at) {
      const std::size_t name = at + (startsWith(at, "</") ? 2 : 1);
      const bool ends = isScript ? code[at] == '<' && startsWith(name, "script") : startsWith(at, "</style");
      if (!ends) {
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

  void selectContent(TapeReader& tape, std::uint32_t count) {
    const Attribute* const value = either(Attr::value, Attr::defaultValue);
    auto outer = std::exchange(selectedValue_, std::nullopt);
    if (value) selectedValue_ = Spelled{value->op, value->value}.view();
    children(tape, count);
    selectedValue_ = std::move(outer);
  }

  static std::optional<Tag> tagAhead(TapeReader tape) {
    if (tape.next() != Op::element) return std::nullopt;
    return tape.get<Tag>();
  }
  static bool isMetadata(std::optional<Tag> tag) {
    return tag == Tag::title || tag == Tag::meta || tag == Tag::link || tag == Tag::style || tag == Tag::base;
  }

  // The children of <html>.
  void documentParts(TapeReader& tape, std::uint32_t count) {
    for (; count; --count) documentPart(tape);
    endHead();
    if (isOpen_ == Tag::body) close(Tag::body);
  }
  void documentPart(TapeReader& tape) {
    switch (tape.peek()) {
      case Op::list: {
        tape.next();
        const auto count = tape.get<std::uint32_t>();
        tape.get<std::uint32_t>();
        for (auto left = count; left; --left) documentPart(tape);
        return;
      }
      case Op::yes:
      case Op::no:
      case Op::null:
      case Op::undefined:
        return node(tape);
      default:
        break;
    }
    const std::optional<Tag> tag = tagAhead(tape);
    if (isMetadata(tag) && !headClosed_) {
      open(Tag::head);
    } else if (tag != Tag::head) {
      endHead();
      if (tag != Tag::body && !bodyClosed_) open(Tag::body);
    }
    node(tape);
  }
  void endHead() {
    if (headClosed_) return;
    open(Tag::head);
    close(Tag::head);
  }

  // A part that the document has left out.
  void open(Tag tag) {
    if (isOpen_ == tag) return;
    isOpen_ = tag;
    out_->put(tag == Tag::head ? std::string_view{"<head>"} : std::string_view{"<body>"});
  }
  void close(Tag tag) {
    frameEnd(tag);
    isOpen_.reset();
    out_->put(tag == Tag::head ? std::string_view{"</head>"} : std::string_view{"</body>"});
    lastWasText_ = false;
  }

  void frameEnd(Tag tag) {
    if (tag == Tag::head) {
      if (std::exchange(headClosed_, true)) throw EncodeError("a document has one <head>, before its <body>");
      out_->put(std::string_view{frame_->page.head});
      out_->put(frame_->headEnd);
    } else if (tag == Tag::body) {
      if (std::exchange(bodyClosed_, true)) throw EncodeError("a document has one <body>");
      out_->put(frame_->bodyEnd);
    }
  }

  Writer* out_;
  std::string* head_ = nullptr;   // of a page
  const Frame* frame_ = nullptr;  // of a document
  Attributes attributes_;         // of the element whose start tag is being printed
  std::vector<std::pair<Tag, std::string_view>> loaded_;
  std::optional<std::string> selectedValue_;
  std::size_t depth_ = 0;
  int holes_ = 0;
  bool hasOwnTitle_ = false;  // the page brings a title, which takes the place of the document's
  bool lastWasText_ = false;
  bool inHead_ = false;
  bool inNoscript_ = false;
  std::optional<Tag> isOpen_;  // <head> or <body>, if the document has left it out and stands in it
  bool headClosed_ = false;
  bool bodyClosed_ = false;
};

}  // namespace

Html renderHtml(const Node& page) {
  Html html;
  Writer writer{html.body, page.tape().size() + page.tape().size() / 4};
  TapeReader tape{page.tape()};
  Printer{writer, html.head}.node(tape);
  writer.finish();
  return html;
}

std::string renderDocument(const Node& document, const Html& page, std::string_view headEnd, std::string_view bodyEnd) {
  std::string out = "<!DOCTYPE html>";
  Writer writer{out,
                document.tape().size() * 2 + page.body.size() + page.head.size() + headEnd.size() + bodyEnd.size()};
  const Frame frame{page, headEnd, bodyEnd};
  TapeReader tape{document.tape()};
  Printer{writer, frame}.document(tape);
  writer.finish();
  return out;
}

}  // namespace duramen::flight
