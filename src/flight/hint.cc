#include "duramen/hint.h"

#include <span>
#include <utility>

#include "base/json.h"
#include "duramen/html.h"

namespace duramen {
namespace {

using detail::Op;

// A text of a row's model: one that begins with '$' would be a token (docs/flight.md, A2).
void appendText(std::string& json, std::string_view text) {
  appendJsonText(json, text.starts_with('$') ? "$" + std::string(text) : std::string(text));
}

using Option = std::pair<std::string_view, const std::optional<std::string>&>;

// An object of those that are there; empty if none is.
std::string optionsJson(std::initializer_list<Option> options) {
  std::string json;
  for (const auto& [name, value] : options) {
    if (!value) continue;
    json += json.empty() ? '{' : ',';
    appendJsonText(json, name);
    json += ':';
    appendText(json, *value);
  }
  return json.empty() ? json : json + '}';
}

// As React writes it: one that is alone is no list.
std::string listJson(std::string_view first, std::initializer_list<std::string> more) {
  std::string json;
  appendText(json, first);
  bool isList = false;
  for (const std::string& each : more) {
    if (each.empty()) continue;
    (json += ',') += each;
    isList = true;
  }
  return isList ? '[' + json + ']' : json;
}

std::string textJson(const std::optional<std::string>& text) {
  std::string json;
  if (text) appendText(json, *text);
  return json;
}

template <class Link>
Node hint(char code, const std::string& json, const Link& link) {
  detail::Tape tape;
  tape.put(Op::hint, code);
  tape.putBare(json);
  detail::appendChild(tape, link);
  return Node{std::move(tape)};
}

}  // namespace

Node preload(std::string_view href, std::string_view as, const LoadOptions& options) {
  const std::string json =
      listJson(href, {textJson(std::string(as)), optionsJson({{"crossOrigin", options.crossOrigin},
                                                              {"integrity", options.integrity},
                                                              {"type", options.type},
                                                              {"fetchPriority", options.fetchPriority},
                                                              {"referrerPolicy", options.referrerPolicy},
                                                              {"media", options.media},
                                                              {"imageSrcSet", options.imageSrcSet},
                                                              {"imageSizes", options.imageSizes}})});
  return hint('L', json,
              html::link.rel("preload")
                  .href(href)
                  .as(as)
                  .crossOrigin(options.crossOrigin)
                  .integrity(options.integrity)
                  .type(options.type)
                  .fetchPriority(options.fetchPriority)
                  .referrerPolicy(options.referrerPolicy)
                  .media(options.media)
                  .imageSrcSet(options.imageSrcSet)
                  .imageSizes(options.imageSizes));
}

Node preloadModule(std::string_view href, const LoadOptions& options) {
  return hint('m',
              listJson(href, {optionsJson({{"crossOrigin", options.crossOrigin}, {"integrity", options.integrity}})}),
              html::link.rel("modulepreload").href(href).crossOrigin(options.crossOrigin).integrity(options.integrity));
}

Node preconnect(std::string_view href, const std::optional<std::string>& crossOrigin) {
  return hint('C', listJson(href, {textJson(crossOrigin)}),
              html::link.rel("preconnect").href(href).crossOrigin(crossOrigin));
}

Node prefetchDNS(std::string_view href) {
  return hint('D', listJson(href, {}), html::link.rel("dns-prefetch").href(href));
}

}  // namespace duramen
