#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/ascii.h"
#include "base/json.h"
#include "flight/encode.h"
#include "flight/html_attributes.h"
#include "flight/html_head.h"
#include "flight/html_rules.h"
#include "flight/reply_text.h"

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
  const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && isLetter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return isLetter(c) || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '.' || c == '-';
  });
}

// Writes a tape as HTML: a page, whose hoisted elements go to `head`, or a document, in which everything stays in
// place.
class Printer {
 public:
  Printer(Writer& out, HtmlHead& head, const References* references)
      : out_(&out), head_(&head), references_(references) {}
  Printer(Writer& out, const Frame& frame)
      : out_(&out), frame_(&frame), hasOwnTitle_(frame.page.head.find("<title") != std::string::npos) {}

  void page(TapeReader& tape) {
    try {
      node(tape);
    } catch (const PartFailed&) {
      throw EncodeError("a part of the page failed, or is awaited, and no Suspense is around it");
    }
  }

  void node(TapeReader& tape) {
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
  // Of a document that was written: where its body ends.
  std::size_t bodyEnd() const { return bodyEnd_; }

 private:
  struct Header {
    std::optional<Tag> tag;  // nothing: an element that we know by its name only
    std::string_view name;
    std::uint32_t count = 0;  // of its children
    TapeReader children;
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

  // In its place stands its fallback, or its first render, until the browser takes over.
  void component(TapeReader& tape) {
    tape.get<const ClientModule*>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    Attributes{}.read(tape, end);  // its key
    tape.skip();                   // its props
    if (tape.position() == end) return;
    if (tape.peek() == Op::firstRender) tape.next();
    node(tape);
  }

  void hole() {
    if (!frame_) throw EncodeError("a hole stands only in a document");
    out_->put(std::string_view{frame_->page.body});
    ++holes_;
  }

  void element(TapeReader& tape) {
    const auto tag = tape.get<Tag>();
    const auto count = tape.get<std::uint32_t>();
    const auto size = tape.get<std::uint32_t>();
    TapeReader inner{tape.position(), tape.position() + size};
    const char* const end = tape.bytes(size).data() + size;
    attributes_.read(inner, end);
    element({.tag = tag, .name = html::tagNames[static_cast<std::size_t>(tag)], .count = count, .children = inner});
  }

  // An element whose attributes have been read.
  void element(const Header& header) {
    if (++depth_ > maxDepth) throw EncodeError("a page is nested deeper than 500 elements");
    if (head_ && !inNoscript_ && !inHead_ && !inSvg_ && isHoisted(header.tag))
      hoist(header);
    else if (!(frame_ && header.tag == Tag::title && hasOwnTitle_))
      inPlace(header);
    --depth_;
  }

  void named(TapeReader& tape) {
    const auto size = tape.get<std::uint32_t>();
    TapeReader inner{tape.position(), tape.position() + size};
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
  static std::optional<TapeReader> prop(TapeReader object, std::string_view name) {
    for (auto left = object.get<std::uint32_t>(); left; --left) {
      object.next();
      if (object.shortText() == name) return object;
      object.skip();
    }
    return std::nullopt;
  }

  void reactsOwn(std::string_view name, TapeReader props) {
    const auto inside = [&](std::string_view which) {
      if (auto found = prop(props, which)) node(*found);
    };
    if (name == "react.suspense") return suspense(props);
    if (name == "react.activity") return activity(props);
    inside("children");
  }

  // Its markers are for React alone; texts on their two sides need no other.
  void suspense(TapeReader props) {
    const Printer before = *this;
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

  void activity(TapeReader props) {
    if (auto mode = prop(props, "mode"); mode && mode->next() == Op::text && mode->text() == "hidden") return;
    out_->put(std::string_view{"<!--&-->"});
    lastWasText_ = false;
    if (auto children = prop(props, "children")) node(*children);
    out_->put(std::string_view{"<!--/&-->"});
    lastWasText_ = false;
  }

  // The browser looks for these in <head> and passes them over in the page.
  bool isHoisted(std::optional<Tag> tag) const {
    if (!tag || attributes_.find(Attr::itemProp)) return false;
    switch (*tag) {
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

  void hoist(const Header& header) {
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
  std::string* placeInHead(Tag tag) {
    using Place = HtmlHead::Place;
    const bool isStyle = tag == Tag::style || isStyleSheet(tag);
    if (isStyle)
      return head_->isFirst("style", textOf(Attr::href)) ? &head_->styles(textOf(Attr::precedence)) : nullptr;
    if (tag == Tag::script) return head_->isFirst("script", textOf(Attr::src)) ? &head_->at(Place::scripts) : nullptr;
    if (tag == Tag::meta && attributes_.find(Attr::charSet)) return &head_->at(Place::charset);
    if (tag == Tag::meta && textOf(Attr::name) == "viewport") return &head_->at(Place::viewport);
    return &head_->at(Place::others);
  }

  bool isStyleSheet(std::optional<Tag> tag) const {
    return tag == Tag::link && textOf(Attr::rel) == "stylesheet" && attributes_.find(Attr::precedence);
  }

  // An image that the page shows at once is asked for by the head already.
  void preloadImage() {
    const std::string_view src = textOf(Attr::src), srcSet = textOf(Attr::srcSet);
    const std::string_view priority = textOf(Attr::fetchPriority);
    if (!head_ || inNoscript_ || inPicture_ || (src.empty() && srcSet.empty()) || textOf(Attr::loading) == "lazy" ||
        priority == "low" || src.starts_with("data:") || srcSet.starts_with("data:"))
      return;
    const std::string key =
        srcSet.empty() ? std::string(src) : std::string(srcSet) + "\n" + std::string(textOf(Attr::sizes));
    if (!head_->isFirst("image", key)) return;
    Writer link{head_->at(head_->placeOfImage(priority == "high")), 128};
    link.put(std::string_view{"<link rel=\"preload\" as=\"image\""});
    const auto copy = [&](Attr from, std::string_view name) {
      if (const Attribute* const attribute = attributes_.find(from); attribute && attribute->op != Op::null)
        printAttribute(link, name, *attribute);
    };
    if (const Attribute* const source = attributes_.find(Attr::src); source && srcSet.empty())
      printUrlAttribute(link, "href", *source);
    copy(Attr::srcSet, "imageSrcSet");
    if (!textOf(Attr::sizes).empty()) copy(Attr::sizes, "imageSizes");
    if (const Attribute* const crossOrigin = attributes_.find(Attr::crossOrigin);
        crossOrigin && crossOrigin->op == Op::text)
      link.put(textOf(Attr::crossOrigin) == "use-credentials" ? std::string_view{" crossorigin=\"use-credentials\""}
                                                              : std::string_view{" crossorigin=\"\""});
    copy(Attr::integrity, "integrity");
    copy(Attr::type, "type");
    copy(Attr::referrerPolicy, "referrerPolicy");
    copy(Attr::fetchPriority, "fetchPriority");
    link.put(std::string_view{"/>"});
  }

  void inPlace(const Header& header) {
    out_->put('<');
    out_->put(header.name);
    formFields_.clear();
    if (header.tag == Tag::img) preloadImage();
    if (inHead_ && header.tag == Tag::style)
      hoistedStyleAttributes();
    else if (isCustomElement(header.name))
      for (const Attribute& attribute : attributes_) printCustomElementAttribute(*out_, attribute);
    else
      attributes(header);
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
      inSvg_ = outer;
      inPicture_ = outerPicture;
      out_->put(std::string_view{"</"});
      out_->put(header.name);
      out_->put('>');
    }
    lastWasText_ = false;
  }
  static bool isOldVoid(std::string_view name) { return name == "keygen" || name == "param"; }

  void hoistedStyleAttributes() {
    printAttribute(*out_, "data-precedence", *attributes_.find(Attr::precedence));
    printAttribute(*out_, "data-href", *attributes_.find(Attr::href));
  }

  // In the order of the props, but for the few that React puts last.
  void attributes(const Header& header) {
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

  // An action of the server in the place of a URL. Without scripts the form is posted to the page that it stands on,
  // with fields that name the action, as React prints them.
  bool formAction(std::optional<Tag> tag) {
    const bool isForm = tag == Tag::form;
    if (!isForm && tag != Tag::button && tag != Tag::input) return false;
    const Attribute* const attribute = attributes_.find(isForm ? Attr::action : Attr::formAction);
    if (!attribute || (attribute->op != Op::action && attribute->op != Op::failed)) return false;
    const std::optional<ActionFields> fields = actionFields(*attribute);
    if (!fields) {  // a function that only the browser can call
      out_->put(isForm ? std::string_view{" action"} : std::string_view{" formAction"});
      out_->put(std::string_view{"=\"javascript:throw new Error(&#x27;React form unexpectedly submitted.&#x27;)\""});
    } else if (isForm) {
      out_->put(std::string_view{" action=\"\" encType=\"multipart/form-data\" method=\"POST\""});
      hiddenField(fields->name, {});
    } else {
      out_->put(std::string_view{" name=\""});
      printText(*out_, fields->name);
      out_->put(std::string_view{"\" formAction=\"\" formEncType=\"multipart/form-data\" formMethod=\"POST\""});
    }
    if (fields)
      for (const auto& [name, value] : fields->data) hiddenField(name, value);
    return true;
  }
  struct ActionFields {
    std::string name;
    std::vector<std::pair<std::string, std::string>> data;
  };
  std::optional<ActionFields> actionFields(const Attribute& attribute) {
    if (attribute.op != Op::action) return std::nullopt;
    TapeReader action = attribute.value;
    const auto boundCount = action.get<std::uint8_t>();
    const auto idLength = action.get<std::uint8_t>();
    action.get<std::uint32_t>();
    const std::string id(action.bytes(idLength));
    if (boundCount == 0) return ActionFields{"$ACTION_ID_" + id, {}};
    const Sealer seal = [&](std::uint32_t position, std::string_view sealed) {
      if (!references_) throw EncodeError("action " + id + " has a sealed argument, but there is no key");
      return references_->seal(id, position, sealed);
    };
    const auto bound = replyText(action, boundCount, seal);
    if (!bound || !isUtf8(id)) return std::nullopt;
    const std::string number = std::to_string(++forms_);
    std::string reference = "{\"id\":";
    appendJsonText(reference, id);
    reference += ",\"bound\":\"$@1\"}";
    const std::string prefix = "$ACTION_" + number + ":";
    return ActionFields{"$ACTION_REF_" + number, {{prefix + "0", std::move(reference)}, {prefix + "1", *bound}}};
  }
  void hiddenField(std::string_view name, std::optional<std::string_view> value) {
    Writer field{formFields_, 64};
    field.put(std::string_view{"<input type=\"hidden\" name=\""});
    printText(field, name);
    if (value) {
      field.put(std::string_view{"\" value=\""});
      printText(field, *value);
    }
    field.put(std::string_view{"\"/>"});
  }

  static std::span<const Attr> putLast(std::optional<Tag> tag) {
    static constexpr std::array ofControl{Attr::name, Attr::formAction, Attr::formEncType, Attr::formMethod,
                                          Attr::formTarget};
    static constexpr std::array ofForm{Attr::action, Attr::encType, Attr::method, Attr::target};
    if (tag == Tag::input || tag == Tag::button) return ofControl;
    if (tag == Tag::form) return ofForm;
    return {};
  }
  // Attributes of React's that print in another way than as attributes.
  static bool isContent(std::optional<Tag> tag, Attr attr) {
    if (attr == Attr::value) return tag == Tag::textarea || tag == Tag::select || tag == Tag::input;
    return (attr == Attr::checked && tag == Tag::input) || (attr == Attr::selected && tag == Tag::option);
  }
  const Attribute* either(Attr first, Attr second) const {
    const Attribute* const attribute = attributes_.find(first);
    return attribute && attribute->op != Op::null && attribute->op != Op::undefined ? attribute
                                                                                    : attributes_.find(second);
  }
  void inputState() {
    if (const Attribute* const checked = either(Attr::checked, Attr::defaultChecked);
        checked && isTrue(checked->op, checked->value))
      out_->put(std::string_view{" checked=\"\""});
    if (const Attribute* const value = either(Attr::value, Attr::defaultValue)) printAttribute(*out_, "value", *value);
  }
  // An option is selected by the value of its select, if that has one.
  void optionState(TapeReader children, std::uint32_t count) {
    const Attribute* const selected = attributes_.find(Attr::selected);
    bool is = selected && isTrue(selected->op, selected->value);
    if (selectedValues_) {
      const Attribute* const value = attributes_.find(Attr::value);
      const bool hasValue = value && value->op != Op::null;
      const std::string own =
          hasValue ? std::string(Spelled{value->op, value->value}.view()) : plainText(children, count);
      is = std::ranges::find(*selectedValues_, own) != selectedValues_->end();
    }
    if (is) out_->put(std::string_view{" selected=\"\""});
  }
  static std::string plainText(TapeReader tape, std::uint32_t count) {
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

  void content(const Header& header) {
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

  void rawContent(std::optional<Tag> tag, const Attribute& raw) {
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
    if (text.starts_with('\n')) out_->put('\n');
    printText(*out_, text);
  }

  // Nothing in a script or a style may end it.
  void codeContent(const Header& header) {
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
    auto outer = std::exchange(selectedValues_, std::nullopt);
    if (value && value->op != Op::null && value->op != Op::undefined) selectedValues_ = valuesOf(*value);
    children(tape, count);
    selectedValues_ = std::move(outer);
  }
  // One, or those of a select that takes several.
  static std::vector<std::string> valuesOf(const Attribute& value) {
    std::vector<std::string> all;
    if (value.op != Op::array) {
      all.emplace_back(Spelled{value.op, value.value}.view());
      return all;
    }
    TapeReader items = value.value;
    for (auto left = items.get<std::uint32_t>(); left; --left) {
      TapeReader item = items;
      const Op op = item.next();
      all.emplace_back(Spelled{op, item}.view());
      items.skip();
    }
    return all;
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
      bodyEnd_ = out_->size();
    }
  }

  Writer* out_;
  HtmlHead* head_ = nullptr;  // of a page
  const References* references_ = nullptr;
  const Frame* frame_ = nullptr;  // of a document
  Attributes attributes_;         // of the element whose start tag is being printed
  std::optional<std::vector<std::string>> selectedValues_;
  std::string formFields_;  // hidden ones, behind the start tag that is being printed
  int forms_ = 0;           // whose actions have bound arguments
  std::size_t depth_ = 0;
  int holes_ = 0;
  bool hasOwnTitle_ = false;  // the page brings a title, which takes the place of the document's
  bool lastWasText_ = false;
  bool inHead_ = false;
  bool inNoscript_ = false;
  bool inSvg_ = false;
  bool inPicture_ = false;
  std::optional<Tag> isOpen_;  // <head> or <body>, if the document has left it out and stands in it
  bool headClosed_ = false;
  bool bodyClosed_ = false;
  std::size_t bodyEnd_ = 0;
};

}  // namespace

Html renderHtml(const Node& page, const References* references) {
  Html html;
  Writer writer{html.body, page.tape().size() + page.tape().size() / 4};
  TapeReader tape{page.tape()};
  HtmlHead head;
  Printer{writer, head, references}.page(tape);
  writer.finish();
  html.head = head.toString();
  return html;
}

DocumentHtml renderDocument(const Node& document, const Html& page, std::string_view headEnd,
                            std::string_view bodyEnd) {
  DocumentHtml html{.text = "<!DOCTYPE html>"};
  Writer writer{html.text,
                document.tape().size() * 2 + page.body.size() + page.head.size() + headEnd.size() + bodyEnd.size()};
  const Frame frame{page, headEnd, bodyEnd};
  TapeReader tape{document.tape()};
  Printer printer{writer, frame};
  printer.document(tape);
  html.bodyEnd = printer.bodyEnd();
  writer.finish();
  return html;
}

}  // namespace duramen::flight
