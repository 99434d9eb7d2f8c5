#include "flight/testing/cases.h"

#include "base/base64.h"
#include "base/json.h"
#include "flight/reply.h"
#include "flight/testing/describe.h"
#include "flight/testing/jsv.h"
#include "flight/testing/vectors.h"

namespace duramen::flight::testing {
namespace {

// Every module and every action of the cases there is, as React's own harness had them.
struct CaseReferences : References {
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return std::string_view{}; }
  bool hasAction(std::string_view name) const override {
    return name == "/src/app/actions.ts#save" || name == "/src/app/actions.ts#del" || acceptsAll;
  }
  bool acceptsAll = true;
};

bool isInManifest(std::string_view id) { return id == "c.js#A" || id.starts_with("long-module-name.js#"); }

}  // namespace

std::string flightOf(const Value& each) {
  JsvLoader loader = textOf(each, "manifest") == "webpack" ? JsvLoader{isInManifest} : JsvLoader{};
  std::string rows;
  appendPage(rows, loader.node(required(each, "model")), CaseReferences{}, RowIds::byDiscovery);
  return rows;
}

std::string htmlOf(const Value& each) {
  JsvLoader loader;
  const Html html = renderHtml(loader.tree(required(each, "tree")));
  if (!html.body.starts_with("<html")) return html.head + html.body;
  // A whole document, which our pages never are: React puts what it hoists first into the head.
  std::string document = "<!DOCTYPE html>" + html.body;
  if (const std::size_t head = document.find("<head>"); head != document.npos)
    return document.insert(head + 6, html.head);
  return document.insert(document.find('>', 15) + 1, "<head>" + html.head + "</head>");
}

namespace {

// The data of a part; a case may also say how to make a long list.
std::string partData(const Value& part) {
  if (const Value* const made = member(part, "gen")) {
    std::string list = "[";
    const std::string item = described(required(*made, "jsonArrayOf"));
    for (auto n = std::get<std::int64_t>(required(*made, "n").is); n > 0; --n) (list += item) += n > 1 ? "," : "]";
    return list;
  }
  if (member(part, "b64")) return fromBase64(textOf(part, "b64")).value_or("");
  return textOf(part, "text");
}

}  // namespace

std::vector<Part> partsOf(const Value& each) {
  std::vector<Part> parts;
  if (const Value* const encoded = member(each, "encoded"); encoded && textOf(*encoded, "kind") == "string") {
    parts.push_back({.name = "0", .data = textOf(*encoded, "body"), .isFile = false, .filename = {}, .type = {}});
  } else {
    const Value& list = required(encoded ? *encoded : each, "parts");
    const auto& items = std::get<Value::List>(list.is);
    for (const Value& item : items) {
      parts.push_back({.name = textOf(item, "name"),
                       .data = partData(item),
                       .isFile = member(item, "filename") != nullptr,
                       .filename = textOf(item, "filename"),
                       .type = textOf(item, "type")});
    }
  }
  return parts;
}

std::string replyOf(const Value& each) {
  CaseReferences functions;
  functions.acceptsAll = false;
  const auto value = decodeReply(partsOf(each), {}, &functions);
  if (!value) throw Rejected(describe(value.error()));
  return described(*value);
}

}  // namespace duramen::flight::testing
