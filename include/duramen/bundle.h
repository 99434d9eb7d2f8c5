#pragma once
// The browser's files, inside the program: made by the CMake function duramen_client from an app's own components, and
// by the library's build for React and the realtime client.

#include <span>
#include <string_view>

namespace duramen {

// A file served at a URL that names its content: it never changes, so it is cached for ever.
struct ClientFile {
  std::string_view url;   // "/assets/Editor-2SEQNZ7L.js"
  std::string_view type;  // "text/javascript; charset=utf-8"
  std::string_view bytes;
  std::string_view brotli = {};  // the same, compressed; empty if that is not worth it
  std::string_view gzip = {};
};

// Where the browser loads a client module from. `id` is what a ClientModule names, and outlives builds.
struct ClientModuleUrl {
  std::string_view id;   // "/client/Editor.tsx"
  std::string_view url;  // one of the files
};

// How the rows of a payload name a module to the browser (docs/flight.md, A5 and B1): by the file that the library's
// own loader fetches, or by "id#export", which the bundle's own entry knows how to load, as RedwoodSDK's does.
enum class ImportForm { chunks, async };

// Points into the program's image; lives for ever.
struct ClientBundle {
  std::span<const ClientFile> files;
  std::span<const ClientModuleUrl> modules;
  std::span<const std::string_view> styles = {};  // URLs of style sheets that every document links, in order
  ImportForm imports = ImportForm::chunks;        // async: the modules' URLs are not used
  std::string_view entry = {};                    // URL of the script that takes the place of the library's own entry
  bool isDevelopment = false;                     // the entry's React is its development build
};

}  // namespace duramen
