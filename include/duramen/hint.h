#pragma once
// What the browser shall begin to load, or to connect to, before it meets what needs it: react-dom's preload() and its
// siblings. A hint is a child that shows nothing:
//
//   html::main(duramen::preload("/fonts/inter.woff2", "font", {.crossOrigin = "", .type = "font/woff2"}),
//   html::h1("…"))
//
// In a document it is a <link> of the head. A page that is navigated to, or pushed, says it in front of its rows, so
// that it does not wait for the components that the page has; React follows each hint once.

#include <optional>
#include <string>
#include <string_view>

#include "duramen/node.h"

namespace duramen {

// What a member means stands at the attribute of this name of HTML's <link>.
struct LoadOptions {
  std::optional<std::string> crossOrigin = {};  // "anonymous", "" or "use-credentials"
  std::optional<std::string> integrity = {};
  std::optional<std::string> type = {};
  std::optional<std::string> fetchPriority = {};
  std::optional<std::string> referrerPolicy = {};
  std::optional<std::string> media = {};
  std::optional<std::string> imageSrcSet = {};  // of an image, as are its sizes
  std::optional<std::string> imageSizes = {};
};

// `as`: "image", "font", "style", "script", "fetch" and others of HTML's preload.
Node preload(std::string_view href, std::string_view as, const LoadOptions& options = {});
// A script that is an ES module, with what it imports. Of the options crossOrigin and integrity count.
Node preloadModule(std::string_view href, const LoadOptions& options = {});
// Opens a connection to the origin of `href`.
Node preconnect(std::string_view href, const std::optional<std::string>& crossOrigin = std::nullopt);
// Looks up its address only.
Node prefetchDNS(std::string_view href);

}  // namespace duramen
