#include "flight/encode.h"
#include "flight/html_attributes.h"
#include "flight/html_rules.h"

namespace duramen::flight {
namespace {

using detail::Op;
using detail::TapeReader;
using html::Attr, html::Tag;

// What a document's tree gets where it has its ends.
struct DocumentParts {
  const Html& page;
  std::string_view headEnd, bodyEnd;
};

// Which options of the select around them are selected.
struct Selection {
  bool known = false;
  std::string value;
};

class HtmlWriter {
 public:
  // Of a page: what React hoists goes to `head`.
  HtmlWriter(std::string& out, std::string& head) : out_(&out), head_(&head) {}
  // Of a document, which React does not see: everything stays in its place.
  HtmlWriter(std::string& out, const DocumentParts& document) : out_(&out), document_(&document) {}

  void node(TapeReader& tape) {
    switch (tape.next()) {
      case Op::element: return element(tape);
      case Op::list: {
        const auto count = tape.get<std::uint32_t>();
        tape.get<std::uint32_t>();
        return nodes(tape, count);
      }
      case Op::component: return component(tape);
      case Op::text: return text(tape.text());
      case Op::integer: return text(std::to_string(tape.get<std::int64_t>()));
      case Op::real: {
        char digits[32];
        const char* const end = detail::writeNumber(digits, tape.get<double>());
        return text({digits, static_cast<std::size_t>(end - digits)});
      }
      case Op::hole:
        if (document_) *out_ += document_->page.body;
        lastText_ = false;
        return;
      default: return;  // nothing shows of null and undefined
    }
  }
  bool hadBody() const { return hadBody_; }
  bool hadHead() const { return hadHead_; }

 private:
  void nodes(TapeReader& tape, std::uint32_t count) {
    for (; count; --count) node(tape);
  }

  // Two texts side by side are two nodes for React, and would be one for HTML's parser.
  void text(std::string_view text) {
    if (text.empty()) return;
    if (lastText_) *out_ += "<!-- -->";
    appendEscaped(*out_, text);
    lastText_ = true;
  }

  void component(TapeReader& tape) {
    tape.get<const ClientModule*>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    if (tape.position() != end && tape.peek() == Op::key) {
      tape.next();
      tape.text();
    }
    tape.skip();
    if (tape.position() != end) node(tape);
  }

  void element(TapeReader& tape) {
    const auto tag = tape.get<Tag>();
    const auto count = tape.get<std::uint32_t>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    const Attributes attributes{tape, end};
    // The flag stays as it is for one that goes to the head: the texts around it need their separator.
    if (head_ && isHoisted(tag, attributes)) {
      std::string* const body = std::exchange(out_, head_);
      const bool before = std::exchange(lastText_, false);
      whole(tape, tag, count, attributes);
      lastText_ = before;
      out_ = body;
    } else {
      whole(tape, tag, count, attributes);
      lastText_ = false;
    }
  }

  static bool isHoisted(Tag tag, const Attributes& attributes) {
    const auto has = [&](Attr name) {
      const Attribute* const found = attributes.find(name);
      return found && !found->text().empty();
    };
    if (attributes.find(Attr::itemProp)) return false;
    switch (tag) {
      case Tag::title:
      case Tag::meta: return true;
      case Tag::link: {
        const Attribute* const rel = attributes.find(Attr::rel);
        if (!rel || !has(Attr::href)) return false;
        return rel->text() != "stylesheet" || (has(Attr::precedence) && !attributes.find(Attr::disabled));
      }
      case Tag::style: return has(Attr::precedence) && has(Attr::href);
      case Tag::script: {
        const Attribute* const async = attributes.find(Attr::async);
        return async && async->isTrue() && has(Attr::src);
      }
      default: return false;
    }
  }

  void whole(TapeReader& tape, Tag tag, std::uint32_t count, const Attributes& attributes) {
    const std::string_view name = html::tagNames[static_cast<std::size_t>(tag)];
    (*out_ += '<') += name;
    attributes.appendTo(*out_, tag);
    if (tag == Tag::option) markSelected(tape, count, attributes);
    if (isVoid[static_cast<std::size_t>(tag)]) {
      *out_ += "/>";
      return;
    }
    *out_ += '>';
    const std::size_t start = out_->size();
    lastText_ = false;
    content(tape, tag, count, attributes);
    finishDocumentPart(tag, start);
    ((*out_ += "</") += name) += '>';
  }

  void content(TapeReader& tape, Tag tag, std::uint32_t count, const Attributes& attributes) {
    if (const Attribute* const raw = attributes.find(Attr::dangerouslySetInnerHTML)) {
      TapeReader object = raw->reader();
      object.next();
      object.get<std::uint32_t>();
      object.next();
      object.shortText();
      object.next();
      *out_ += object.text();
      return;
    }
    if (tag == Tag::textarea) return textArea(tape, count, attributes);
    const std::size_t start = out_->size();
    const Selection outer = selection_;
    if (tag == Tag::select) select(attributes);
    if (tag == Tag::script || tag == Tag::style) rawText(tape, count);
    else nodes(tape, count);
    selection_ = outer;
    // HTML's parser drops a first line end here.
    if (tag == Tag::pre && out_->size() > start && (*out_)[start] == '\n') out_->insert(start, 1, '\n');
  }

  void textArea(TapeReader& tape, std::uint32_t count, const Attributes& attributes) {
    const Attribute* value = attributes.find(Attr::value);
    if (!value) value = attributes.find(Attr::defaultValue);
    if (!value) return nodes(tape, count);
    const std::string text = value->text();
    if (text.starts_with('\n')) *out_ += '\n';
    appendEscaped(*out_, text);
    for (; count; --count) tape.skip();
  }

  void select(const Attributes& attributes) {
    const Attribute* value = attributes.find(Attr::value);
    if (!value) value = attributes.find(Attr::defaultValue);
    selection_.known = value != nullptr;
    if (value) selection_.value = value->text();
  }

  void markSelected(TapeReader tape, std::uint32_t count, const Attributes& attributes) {
    if (!selection_.known) return;
    std::string value;
    if (const Attribute* const named = attributes.find(Attr::value)) {
      value = named->text();
    } else {
      for (; count; --count) {
        if (tape.peek() != Op::text) tape.skip();
        else tape.next(), value += tape.text();
      }
    }
    if (value == selection_.value) *out_ += " selected=\"\"";
  }

  // Script and style hold text that no escape reaches: what would end them is spelled so that it does not.
  void rawText(TapeReader& tape, std::uint32_t count) {
    for (; count; --count) {
      if (tape.peek() != Op::text) {
        tape.skip();
        continue;
      }
      tape.next();
      std::string_view text = tape.text();
      for (std::size_t at = 0; at < text.size(); ++at) {
        const bool opens = text[at] == '<' && at + 1 < text.size();
        *out_ += opens && (text[at + 1] == '/' || text[at + 1] == '!' || text[at + 1] == 's' || text[at + 1] == 'S')
                     ? std::string_view{"\\x3c"}
                     : text.substr(at, 1);
      }
    }
  }

  void finishDocumentPart(Tag tag, std::size_t start) {
    if (!document_) return;
    if (tag == Tag::head) {
      (*out_ += document_->page.head) += document_->headEnd;
      hadHead_ = true;
    } else if (tag == Tag::body) {
      *out_ += document_->bodyEnd;
      hadBody_ = true;
    } else if (tag == Tag::html && !hadHead_) {
      out_->insert(start, "<head>" + document_->page.head + std::string(document_->headEnd) + "</head>");
      hadHead_ = true;
    }
  }

  std::string* out_;
  std::string* head_ = nullptr;
  const DocumentParts* document_ = nullptr;
  Selection selection_;
  bool lastText_ = false;
  bool hadHead_ = false;
  bool hadBody_ = false;
};

}  // namespace

Html renderHtml(const Node& page) {
  Html html;
  TapeReader tape{page.tape()};
  HtmlWriter{html.body, html.head}.node(tape);
  return html;
}

std::string renderDocument(const Node& document, const Html& page, std::string_view headEnd, std::string_view bodyEnd) {
  const DocumentParts parts{page, headEnd, bodyEnd};
  std::string tree;
  HtmlWriter writer{tree, parts};
  TapeReader tape{document.tape()};
  writer.node(tape);
  std::string out = "<!DOCTYPE html>";
  if (!writer.hadHead()) ((out += "<head>") += page.head) += std::string(headEnd) + "</head>";
  out += tree;
  if (!writer.hadBody()) out += bodyEnd;
  return out;
}

}  // namespace duramen::flight
