#pragma once
// A Node as React reads it: Flight rows (what React Server Components send) and HTML that React hydrates. Two readers
// of one tape. Equal nodes give equal bytes. The formats: docs/flight.md; the profile that we write: A10 there.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/node.h"

namespace duramen::flight {

// What an encoder must know of the app.
class References {
 public:
  virtual ~References() = default;
  // Where the browser loads this client module from; nothing if it is in no bundle of the app, and empty if the page's
  // own entry knows the module (ImportForm::async).
  virtual std::optional<std::string_view> moduleUrl(std::string_view moduleId) const = 0;
  virtual bool hasAction(std::string_view name) const = 0;
  // The text of a sealed argument with its code (include/duramen/sealed.h). `position` counts from 0. Throws
  // EncodeError where there is no key.
  virtual std::string seal(std::string_view action, std::uint32_t position, std::string_view text) const;
  // Whether the browser's React is its development build. It asks for the keys of elements in a list: the rows then say
  // which elements are in none.
  virtual bool forDevelopment() const { return false; }
};

// A page that cannot be sent: it names a component that is in no bundle, an action that the app does not list, or text
// that is not UTF-8. A mistake of the app's, found by every test that renders the page.
struct EncodeError : std::runtime_error {
  using runtime_error::runtime_error;
};

// Whether row ids say what a row is (a hash of its content), or when it was met (React's own order, for fixtures).
enum class RowIds { byContent, byDiscovery };

// Rows of a page. Its root is row 1, sent last but for what it promises; all other ids lie in [2, 0x10000000). Throws
// EncodeError.
void appendPage(std::string& out, const Node& page, const References& references, RowIds ids = RowIds::byContent);

// A page whose parts may come later (duramen/suspense.h): the same rows, and a row for each part when it is done.
class PageRows {
 public:
  // REQUIRES: `references` outlives it.
  explicit PageRows(const References& references);
  PageRows(const PageRows&) = delete;
  PageRows& operator=(const PageRows&) = delete;
  ~PageRows();

  // Once. Throws EncodeError; then nothing was appended, and another page may be tried.
  void page(std::string& out, const Node& page);
  // REQUIRES: what was appended before names it. One that is not done, or cannot be sent, becomes an error: then what
  // is wrong with it is returned, in words. Of a stream: what it has given, and its end.
  std::string part(std::string& out, detail::Part& part);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Rows of an action's result: its root is row 0x10000000, and its other rows follow that id. Throws EncodeError.
void appendResult(std::string& out, const Node& result, const References& references);

// An error in place of a result (row 0x10000000). The digest is all that the browser sees.
void appendFailedResult(std::string& out, std::string_view digest);
// Row 0 behind it. `field`: of the form, that is wrong; empty if none is named, which gives failedResultEnvelope.
void appendFailedEnvelope(std::string& out, std::string_view field);

// Row 0, which ends a payload of the stock wire: {node, actionResult}.
inline constexpr std::string_view pageEnvelope = "0:{\"node\":\"$1\"}\n";
inline constexpr std::string_view resultEnvelope = "0:{\"node\":\"$1\",\"actionResult\":\"$10000000\"}\n";
inline constexpr std::string_view failedResultEnvelope = "0:{\"node\":\"$1\",\"actionResult\":\"$@10000000\"}\n";

// The HTML of a page: `body` is what stands inside #hydrate-root; `head` are the elements that React hoists (title,
// meta, link), for the document's head.
struct Html {
  std::string body;
  std::string head;
};
// A form that was posted, for its page to hold what was typed into it (form_post.h).
struct PostedForm {
  std::string_view action;
  std::optional<std::string_view> bound;  // its bound arguments, as the form carried them; nothing: it had none
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // texts, in order
};
// `references`: needed where a form's action has sealed arguments. In the form that is `posted` the fields hold what
// was typed, but for passwords and hidden ones.
Html renderHtml(const Node& page, const References* references = nullptr, const PostedForm* posted = nullptr);

// What a document's parts end with, as it is; and the nonce of its own scripts (CSP 3 §2.3.1).
struct DocumentFrame {
  std::string_view headEnd;
  std::string_view bodyEnd;
  std::string_view nonce;  // empty: none
};
// The whole document, from "<!DOCTYPE html>": `document` is a tree in which a hole (Node::hole()) stands where the page
// goes. One that has left out its <html>, <head> or <body> gets them. Throws EncodeError unless there is one of each,
// and one hole.
struct DocumentHtml {
  std::string text;
  std::size_t bodyEnd = 0;  // where its body's end has been put: more may follow there
};
DocumentHtml renderDocument(const Node& document, const Html& page, const DocumentFrame& frame);

}  // namespace duramen::flight
