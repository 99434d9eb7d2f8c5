#pragma once
// Writes a tape as HTML. One class in four files: what a page is made of (html_printer.cc), start tags
// (html_start_tag.cc), elements whose contents print in another way (html_content.cc), and documents
// (html_document.cc).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flight/encode.h"
#include "flight/html_attributes.h"
#include "flight/html_head.h"
#include "flight/html_posted_form.h"
#include "flight/writer.h"

namespace duramen::flight {

using detail::Op;
using detail::TapeReader;
using html::Attr;
using html::Tag;

// A page, whose hoisted elements go to `head`, or a document, in which everything stays in place.
class HtmlPrinter {
 public:
  HtmlPrinter(Writer& out, HtmlHead& head, const References* references, const PostedForm* posted)
      : out_(&out), head_(&head), references_(references), typed_(posted) {}
  HtmlPrinter(Writer& out, const Html& page, const DocumentFrame& frame)
      : out_(&out), page_(&page), frame_(&frame), hasOwnTitle_(page.head.find("<title") != std::string::npos) {}
  void page(TapeReader& tape);
  void node(TapeReader& tape);
  // The whole of a document. What it leaves out of <html>, <head> and <body> is put around the rest, as a browser
  // would.
  void document(TapeReader& tape);
  // Of a document that was written: where its body ends.
  std::size_t bodyEnd() const { return bodyEnd_; }

 private:
  struct Header {
    std::optional<Tag> tag;  // nothing: an element that we know by its name only
    std::string_view name;
    std::uint32_t count = 0;  // of its children
    TapeReader children;
  };

  // html_printer.cc
  void children(TapeReader& tape, std::uint32_t count);
  void text(std::string_view text);
  void separator();
  void component(TapeReader& tape);
  void hole();
  void element(TapeReader& tape);
  bool plainElement(TapeReader& tape);
  bool plainAttributes(TapeReader& tape, const char* end, Tag tag);
  void element(const Header& header);
  void named(TapeReader& tape);
  static std::optional<TapeReader> prop(TapeReader object, std::string_view name);
  void reactsOwn(std::string_view name, TapeReader props);
  void suspense(TapeReader props);
  void activity(TapeReader props);
  bool isHoisted(std::optional<Tag> tag) const;
  void hoist(const Header& header);
  std::string* placeInHead(Tag tag);
  void inPlace(const Header& header);
  void nonce(std::string_view value);

  // html_start_tag.cc: what stands between the name and the '>'. Of attributes_.
  void attributes(const Header& header);
  void hoistedStyleAttributes();
  bool isStyleSheet(std::optional<Tag> tag) const;
  bool formAction(std::optional<Tag> tag);
  void inputState();
  bool typedInputState();
  void optionState(TapeReader children, std::uint32_t count);
  const Attribute* either(Attr first, Attr second) const;

  // html_content.cc
  void content(const Header& header);
  void rawContent(std::optional<Tag> tag, const Attribute& raw);
  void textAreaContent(TapeReader& tape, std::uint32_t count);
  void codeContent(const Header& header);
  void selectContent(TapeReader& tape, std::uint32_t count);
  static std::string plainText(TapeReader tape, std::uint32_t count);

  // html_document.cc
  void documentParts(TapeReader& tape, std::uint32_t count);
  void documentPart(TapeReader& tape);
  void endHead();
  void open(Tag tag);
  void close(Tag tag);
  void frameEnd(Tag tag);

  Writer* out_;
  HtmlHead* head_ = nullptr;  // of a page
  const References* references_ = nullptr;
  const Html* page_ = nullptr;            // of a document
  const DocumentFrame* frame_ = nullptr;  // likewise
  Attributes attributes_;                 // of the element whose start tag is being printed
  std::optional<std::vector<std::string>> selectedValues_;
  TypedFields typed_;
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

}  // namespace duramen::flight
