#include "flight/html_printer.h"

namespace duramen::flight {
namespace {

std::optional<Tag> tagAhead(TapeReader tape) {
  if (tape.peek() == Op::hint) return Tag::link;
  if (tape.next() != Op::element) return std::nullopt;
  return tape.get<Tag>();
}

bool isMetadata(std::optional<Tag> tag) {
  return tag == Tag::title || tag == Tag::meta || tag == Tag::link || tag == Tag::style || tag == Tag::base;
}

}  // namespace

// The whole of a document. What it leaves out of <html>, <head> and <body> is put around the rest, as a browser
// would.
void HtmlPrinter::document(TapeReader& tape) {
  if (tagAhead(tape) == Tag::html) {
    node(tape);
  } else {
    out_->put(std::string_view{"<html>"});
    documentParts(tape, 1);
    out_->put(std::string_view{"</html>"});
  }
  if (holes_ != 1) throw EncodeError("a document shows its page exactly once");
}

// The children of <html>.
void HtmlPrinter::documentParts(TapeReader& tape, std::uint32_t count) {
  for (; count; --count) documentPart(tape);
  endHead();
  if (isOpen_ == Tag::body) close(Tag::body);
}

void HtmlPrinter::documentPart(TapeReader& tape) {
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

void HtmlPrinter::endHead() {
  if (headClosed_) return;
  open(Tag::head);
  close(Tag::head);
}

// A part that the document has left out.
void HtmlPrinter::open(Tag tag) {
  if (isOpen_ == tag) return;
  isOpen_ = tag;
  out_->put(tag == Tag::head ? std::string_view{"<head>"} : std::string_view{"<body>"});
}

void HtmlPrinter::close(Tag tag) {
  frameEnd(tag);
  isOpen_.reset();
  out_->put(tag == Tag::head ? std::string_view{"</head>"} : std::string_view{"</body>"});
  lastWasText_ = false;
}

void HtmlPrinter::frameEnd(Tag tag) {
  if (tag == Tag::head) {
    if (std::exchange(headClosed_, true)) throw EncodeError("a document has one <head>, before its <body>");
    out_->put(std::string_view{page_->head});
    out_->put(frame_->headEnd);
  } else if (tag == Tag::body) {
    if (std::exchange(bodyClosed_, true)) throw EncodeError("a document has one <body>");
    out_->put(frame_->bodyEnd);
    bodyEnd_ = out_->size();
  }
}

DocumentHtml renderDocument(const Node& document, const Html& page, const DocumentFrame& frame) {
  DocumentHtml html{.text = "<!DOCTYPE html>"};
  Writer writer{html.text, document.tape().size() * 2 + page.body.size() + page.head.size() + frame.headEnd.size() +
                               frame.bodyEnd.size()};
  TapeReader tape{document.tape()};
  HtmlPrinter printer{writer, page, frame};
  printer.document(tape);
  html.bodyEnd = printer.bodyEnd();
  writer.finish();
  return html;
}

}  // namespace duramen::flight
